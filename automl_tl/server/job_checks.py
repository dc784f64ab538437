"""A job is checked before it is queued; what is wrong is named as a field of the request."""

from __future__ import annotations

from automl_tl.errors import SpecError
from automl_tl.pipeline import job_checks
from automl_tl.pipeline.spec import JobSpec
from automl_tl.server.convert.spec import SPEC
from automl_tl.store.records import DatasetRecord
from automl_tl.zoo.catalog import Catalog

__all__ = ["check_job"]


def check_job(spec: JobSpec, dataset: DatasetRecord, catalog: Catalog) -> None:
    """Check a spec against the dataset's columns, the catalog and the plug-ins.

    Raises
    ------
    SpecError
        Naming the field of the request, the rule, the value, and what would do.
    """
    try:
        job_checks.check_job(
            spec,
            modality=dataset.modality,
            columns=dataset.columns,
            row_count=dataset.row_count,
            catalog=catalog,
        )
    except SpecError as error:
        raise SpecError(f"{SPEC}.{error.message}", field=f"{SPEC}.{error.field}") from None
