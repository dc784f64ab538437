"""A trial between its node's disk and the rest of the job."""

from __future__ import annotations

from dataclasses import replace

import pytest

from automl_tl.distributed import publishing as module
from automl_tl.distributed.publishing import PUBLISHED, Publishing, note
from automl_tl.errors import NotFound
from automl_tl.finetune.trial_files import PublishedTrial, published_of, state_file
from automl_tl.testing.runner import toy_workload


class Elsewhere:
    """A store that remembers what it was asked."""

    def __init__(self):
        self.calls = []
        self.gone = False

    def publish(self, trial, root, before):
        self.calls.append((trial, sorted(path.name for path in root.iterdir()), before))
        return PublishedTrial(trial, (), None)

    def fetch_state(self, trial, root):
        if self.gone:
            raise NotFound("gone")
        (root / trial).mkdir()
        state_file(root, trial).write_text("fetched")
        return PublishedTrial(trial, (), None)


@pytest.fixture
def elsewhere():
    return Elsewhere()


@pytest.fixture
def workload(tmp_path, elsewhere, monkeypatch):
    (tmp_path / "node").mkdir()
    monkeypatch.setattr(module, "process_directory", lambda: tmp_path / "node")
    return replace(toy_workload(tmp_path / "driver"), elsewhere=elsewhere)


def test_where_all_see_the_same_disk_nothing_happens(tmp_path):
    """No copy, no word in the reports, and the state is where the driver says."""
    workload = toy_workload(tmp_path)
    files = Publishing(workload, "t0001")
    (tmp_path / "t0001").mkdir()
    assert files.workload is workload
    assert files.resume_from("") is None
    assert files.resume_from(str(tmp_path / "state")) == tmp_path / "state"
    assert files.publish() == {}
    files.clear()
    assert (tmp_path / "t0001").is_dir()


def test_a_trial_works_on_its_node_and_the_driver_hears_what_it_has_published(workload, elsewhere, tmp_path):
    """What it fetched is what it has published before; nothing stays on the node."""
    files, root = Publishing(workload, "t0001"), tmp_path / "node"
    assert files.workload.checkpoint_root == root
    assert files.resume_from(str(tmp_path / "driver" / "t0001.state.safetensors")) == state_file(root, "t0001")
    report = files.publish()
    assert elsewhere.calls == [("t0001", ["t0001", "t0001.state.safetensors"], PublishedTrial("t0001", (), None))]
    note(workload, report)
    note(workload, {"point": 1})
    assert published_of(tmp_path / "driver", "t0001") == PublishedTrial("t0001", (), None)
    assert set(report) == {PUBLISHED}
    files.clear()
    assert list(root.iterdir()) == []
    files.clear()


def test_a_state_that_is_gone_lets_the_trial_begin_anew(workload, elsewhere, caplog):
    elsewhere.gone = True
    assert Publishing(workload, "t0001").resume_from("somewhere") is None
    assert "t0001 begins anew" in caplog.text
