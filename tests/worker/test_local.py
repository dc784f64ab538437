"""A whole job for the person at this machine, without a service."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from automl_tl.data.sources.base import quietly
from automl_tl.errors import Cancelled, DatasetError, FailedPrecondition, SpecError, Unavailable
from automl_tl.pipeline.spec import JobSpec, JobState
from automl_tl.store.jobs import Jobs
from automl_tl.store.layout import DataDirectory
from automl_tl.store.ledger import Ledger
from automl_tl.store.local_blobs import LocalBlobStore
from automl_tl.testing.tiny_models import write_timm_pair
from automl_tl.worker.dataset_files import open_dataset
from automl_tl.worker.local import _register, run_local


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


def test_what_a_killed_run_left_behind_does_not_lead_to_data_that_is_gone(tmp_path, image_folder):
    """The next run in the same ``out`` finds the same content in the ledger, which lay elsewhere then."""
    directory = DataDirectory(tmp_path / "out" / ".automl_tl").create()
    ledger, blobs = Ledger(directory.ledger_url), LocalBlobStore(directory.blobs)
    moved = tmp_path / "moved"
    first = _register(str(image_folder), directory, ledger, blobs, quietly)
    image_folder.rename(moved)
    second = _register(str(moved), directory, ledger, blobs, quietly)
    ledger.close()
    assert second.digest == first.digest
    assert open_dataset(second, blobs, directory).root == moved


def test_data_is_copied_from_an_address_for_the_job_only(tmp_path, image_folder, memory_store):
    """What an archive in an object store holds gives the job of the same folder; the copy goes with the job."""
    write_timm_pair(tmp_path / "models", "first")
    archive = shutil.make_archive(str(tmp_path / "shapes"), "zip", image_folder)
    content = Path(archive).read_bytes()
    address = memory_store({"shapes.zip": content})
    profiles, come = [], []
    for number, data in enumerate((image_folder, f"{address}/shapes.zip")):
        out = tmp_path / f"out{number}"
        result = run_local(
            data,
            spec(tmp_path / "models"),
            out=out,
            on_event=lambda event: None,
            cancelled=lambda: False,
            on_fetch=lambda *bytes_come: come.append(bytes_come),
        )
        assert result.state is JobState.SUCCEEDED, result.error
        assert sorted(path.name for path in out.iterdir()) == ["profile.json", "ranking.json"]
        profiles.append((out / "profile.json").read_text())
    assert profiles[0] == profiles[1]
    assert come[-1] == (len(content), len(content))


@pytest.mark.parametrize(
    ("file", "cancelled", "error", "text"),
    [
        ("shapes.zip", True, Cancelled, "no job was begun"),
        ("nothing.zip", False, DatasetError, "there is nothing at"),
    ],
)
def test_a_job_whose_data_does_not_come_is_not_begun(tmp_path, memory_store, file, cancelled, error, text):
    """Because nobody wants it any more, or because it is not there; nothing stays."""
    address, heard = memory_store({"shapes.zip": b"x" * 1000}), []
    with pytest.raises(error, match=text):
        run_local(
            f"{address}/{file}",
            spec(tmp_path),
            out=tmp_path / "out",
            on_event=heard.append,
            cancelled=lambda: cancelled,
        )
    assert heard == []
    assert list((tmp_path / "out").iterdir()) == []


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


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (FailedPrecondition("it has SUCCEEDED"), JobState.SUCCEEDED),
        (Unavailable("the ledger is away"), JobState.CANCELLED),
    ],
)
def test_a_cancellation_that_fails_costs_no_event(tmp_path, image_folder, monkeypatch, error, state):
    """Of a job that ends in this moment it is too late; a ledger that is away is asked again."""
    write_timm_pair(tmp_path / "models", "first")
    cancel, asked, heard = Jobs.cancel, [], []

    def fail_first(self, *job, **options):
        asked.append(job)
        if len(asked) == 1:
            raise error
        return cancel(self, *job, **options)

    monkeypatch.setattr(Jobs, "cancel", fail_first)
    monkeypatch.setattr("automl_tl.worker.local._POLL_SECONDS", 0.01)
    result = run_local(
        image_folder,
        spec(tmp_path / "models"),
        out=tmp_path / "out",
        on_event=heard.append,
        cancelled=lambda: True,
    )
    assert result.state is state
    assert heard[-1].payload.state == state.value
    assert [event.sequence for event in heard] == list(range(1, len(heard) + 1))


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
