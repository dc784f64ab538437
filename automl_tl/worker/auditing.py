"""Audit a finished job by other columns, from the answers to its test part that it published."""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

from automl_tl.data.dataset import Dataset
from automl_tl.errors import InvalidInput, NotFound
from automl_tl.fairness.base import FairnessReport
from automl_tl.finetune.evaluation import Predictions
from automl_tl.json_codec import from_plain
from automl_tl.pipeline.bias.by_group import audit_predictions
from automl_tl.store.blobs import BlobStore
from automl_tl.store.inquiries import Inquiry
from automl_tl.store.layout import DataDirectory
from automl_tl.store.ledger import Ledger
from automl_tl.store.pages import PageRequest

__all__ = ["audit_job"]

_RESULTS = "test_results"
_MOST_ARTIFACTS = 1000


def audit_job(
    inquiry: Inquiry,
    dataset: Dataset,
    class_names: tuple[str, ...],
    *,
    ledger: Ledger,
    blobs: BlobStore,
    directory: DataDirectory,
) -> FairnessReport:
    """Return the comparison of groups by the columns that the question names.

    Raises
    ------
    InvalidInput
        If a column is not in the data set, or is what the job predicts.
    NotFound
        If the job has not measured its test part.
    """
    question = inquiry.question
    for column in question.sensitive:
        if column == inquiry.spec.target:
            raise InvalidInput(f"{column!r} is what the job predicts, so it names no groups", field="sensitive")
        if column not in dataset.columns:
            known = ", ".join(sorted(set(dataset.columns) - {inquiry.spec.target})) or "none"
            raise InvalidInput(
                f"the data set has no column {column!r:.80}; it has {known:.500}", field="sensitive"
            )
    predictions = _predictions(inquiry, ledger, blobs, directory)
    columns = {column: dataset.columns[column] for column in question.sensitive}
    favourable = question.favourable or inquiry.spec.favourable
    return audit_predictions(predictions, columns, class_names, favourable=favourable, seed=question.seed)


def _predictions(inquiry: Inquiry, ledger: Ledger, blobs: BlobStore, directory: DataDirectory) -> Predictions:
    page = PageRequest(_MOST_ARTIFACTS, "")
    found = ledger.artifacts.list(inquiry.project, inquiry.job, page).items
    digest = next((each.sha256 for each in found if each.kind == _RESULTS), "")
    if not digest:
        raise NotFound(
            f"{inquiry.job_name} has not measured its test part, so there is nothing to audit", field="name"
        )
    place = Path(tempfile.mkdtemp(dir=directory.work, prefix=".auditing-"))
    try:
        plain: Any = json.loads(blobs.copy(digest, place / "results.json").read_text(encoding="utf-8"))
    finally:
        shutil.rmtree(place, ignore_errors=True)
    return from_plain(Predictions, plain["predictions"])
