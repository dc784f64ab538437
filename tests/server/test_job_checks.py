"""What is wrong with a job is said of the field of the request."""

import pytest

from automl_tl.errors import SpecError
from automl_tl.pipeline.columns import ColumnSummary
from automl_tl.pipeline.spec import JobSpec
from automl_tl.server.job_checks import check_job
from automl_tl.store.records import DatasetRecord

from .conftest import CATALOG

COLUMNS = (ColumnSummary("label", 3, 0), ColumnSummary("speaker", 2, 0))
DATASET = DatasetRecord("default", "a" * 64, "", "image", COLUMNS, 30, 1)


def check(**changes):
    check_job(JobSpec(dataset=DATASET.name, **changes), DATASET, CATALOG)


def test_a_sound_job_passes():
    check(sensitive=("speaker",))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"task": "sorting"}, "task"),
        ({"sensitive": ("speaker", "age")}, "sensitive[1]"),
        ({"models": {"names": ("local:/etc",)}}, "models.names"),
    ],
)
def test_a_broken_rule_is_named_with_its_path_in_the_request(changes, field):
    with pytest.raises(SpecError) as caught:
        check(**changes)
    assert caught.value.field == f"job.spec.{field}"
    assert caught.value.message.startswith(f"job.spec.{field}")
