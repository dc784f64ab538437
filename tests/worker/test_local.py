"""A whole job for the person at this machine, without a service."""

from __future__ import annotations

import pytest

from automl_tl.errors import DatasetError, SpecError
from automl_tl.pipeline.spec import JobSpec, JobState
from automl_tl.testing.tiny_models import write_timm_pair
from automl_tl.worker.local import run_local


def spec(models, **changes):
    values = {"models": {"names": (f"local:{models}",)}, "stop_after": "RANK", **changes}
    return JobSpec.model_validate({"dataset": "", **values})


def test_files_and_events_arrive_and_nothing_else_stays(tmp_path, image_folder):
    """The output directory holds the artifacts only; events come once each, in order, to the last."""
    models, heard = tmp_path / "models", []
    write_timm_pair(models, "first")
    result = run_local(
        image_folder, spec(models), out=tmp_path / "out", on_event=heard.append, cancelled=lambda: False
    )
    assert result.state is JobState.SUCCEEDED
    assert result.summary["model"] == "local:first"
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["profile.json", "ranking.json"]
    assert [event.sequence for event in heard] == list(range(1, len(heard) + 1))
    assert heard[-1].payload.state == "SUCCEEDED"


def test_a_person_can_cancel(tmp_path, image_folder):
    """Ctrl-C at the terminal becomes a cancel request."""
    models = tmp_path / "models"
    write_timm_pair(models, "first")
    result = run_local(
        image_folder,
        spec(models),
        out=tmp_path / "out",
        on_event=lambda event: None,
        cancelled=lambda: True,
    )
    assert result.state is JobState.CANCELLED


def test_bad_data_leaves_nothing_behind(tmp_path):
    """One clear error, no half-made workspace."""
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(DatasetError):
        run_local(empty, spec(empty), out=tmp_path / "out", on_event=lambda e: None, cancelled=lambda: False)
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"target": "nope"}, "target"),
        ({"search_space_name": "nope"}, "search_space_name"),
        ({"search_space_yaml": "a: ["}, "search_space_yaml"),
        ({"models": {"names": ("nope",)}}, "models.names"),
    ],
)
def test_what_cannot_work_is_said_before_the_job_starts(tmp_path, image_folder, changes, field):
    """Nobody waits for SEARCH to hear of a typing error."""
    heard = []
    wrong = JobSpec.model_validate({"dataset": "", **changes})
    with pytest.raises(SpecError) as caught:
        run_local(image_folder, wrong, out=tmp_path / "out", on_event=heard.append, cancelled=lambda: False)
    assert caught.value.field == field
    assert heard == []
    assert list((tmp_path / "out").iterdir()) == []
