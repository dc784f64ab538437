"""What the client returns cannot be changed by accident and needs no filling in."""

import dataclasses

import pytest

from automl_tl.client import types
from automl_tl.pipeline.spec import JobSpec, JobState


@pytest.mark.parametrize("name", types.__all__)
def test_every_type_is_a_frozen_dataclass(name):
    kind = getattr(types, name)
    assert dataclasses.is_dataclass(kind)
    assert kind.__dataclass_params__.frozen


def test_a_job_is_known_by_name_spec_and_state_alone():
    job = types.Job("projects/p/jobs/j1", JobSpec(dataset="d"), JobState.QUEUED)
    assert job.result is None
    assert job.trial_counts == {}
    with pytest.raises(dataclasses.FrozenInstanceError):
        job.state = JobState.RUNNING
