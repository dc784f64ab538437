"""A job spec is checked at the edge."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from automl_tl.pipeline.spec import JobSpec, JobState, Stage

DATASET = "projects/default/datasets/" + "ab" * 32


def test_defaults_make_a_whole_job():
    """Only the dataset must be said."""
    spec = JobSpec(dataset=DATASET)
    assert spec.stop_after is Stage.REPORT
    assert spec.models.names == ("starter",)
    assert not spec.include_examples


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("top_k", 0),
        ("seed", -1),
        ("budget", {"trials": 0}),
        ("budget", {"money": 2.5}),
        ("budget", {"gpu_seconds": -1.0}),
        ("split", {"test_fraction": 0.9}),
        ("metric", {"direction": "upwards"}),
        ("targt", "label"),
    ],
)
def test_a_value_out_of_range_and_an_unknown_field_are_refused(field, value):
    """The error names the field, so that a typo does not become a silent default."""
    with pytest.raises(ValidationError, match=field):
        JobSpec.model_validate({"dataset": DATASET, field: value})


def test_a_spec_survives_json():
    """The ledger keeps specs as JSON."""
    spec = JobSpec(dataset=DATASET, sensitive=("sex", "age"), labels={"team": "ward 3"}, seed=7)
    assert JobSpec.model_validate_json(spec.model_dump_json()) == spec


def test_final_states_are_those_in_which_nothing_more_happens():
    """CANCELLING still waits for its worker."""
    assert {state for state in JobState if state.final} == {
        JobState.SUCCEEDED,
        JobState.FAILED,
        JobState.CANCELLED,
    }
