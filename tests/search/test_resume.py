"""Where interrupted trials go on."""

import os
from dataclasses import replace

from automl_tl.errors import NotFound
from automl_tl.finetune.trial_files import PublishedTrial, StoredFile, note_published, state_file
from automl_tl.search.resume import checkpoint_of, has_checkpoint, recall, state_of
from automl_tl.testing.runner import toy_trial, toy_workload


def test_the_state_is_looked_for_beside_the_checkpoint(tmp_path):
    """Where training leaves it; None where there is none."""
    workload = toy_workload(tmp_path)
    assert state_of(workload, toy_trial(1)) is None
    path = state_file(tmp_path, "t0001")
    path.write_bytes(b"state")
    assert state_of(workload, toy_trial(1)) == path
    assert state_of(workload, toy_trial(2)) is None


class Elsewhere:
    """Has one checkpoint."""

    def __init__(self, published=()):
        self.published, self.asked = published, []

    def fetch_checkpoint(self, trial, root, *, wait=True):
        self.asked.append((trial, wait))
        if trial != "t0001":
            raise NotFound("gone")
        return root / "fetched"

    def all_published(self):
        return self.published


def test_a_trial_on_another_machine_is_known_by_what_it_published(tmp_path):
    """A driver that begins on a machine of its own learns of it."""
    published = PublishedTrial("t0001", (), StoredFile("t0001.state.safetensors", "a" * 64, 3))
    ended = PublishedTrial("t0002", (), None)
    workload = replace(toy_workload(tmp_path), elsewhere=Elsewhere((published, ended)))
    assert (state_of(workload, toy_trial(1)), has_checkpoint(workload, toy_trial(1))) == (None, False)
    recall(workload)
    assert state_of(workload, toy_trial(1)) == state_file(tmp_path, "t0001")
    assert state_of(workload, toy_trial(2)) is None
    assert [has_checkpoint(workload, toy_trial(number)) for number in (1, 2, 3)] == [True, True, False]
    recall(toy_workload(tmp_path))


def test_a_checkpoint_is_fetched_unless_it_was_made_here(tmp_path):
    """Of two that was made last which is newer."""
    elsewhere = Elsewhere()
    workload = replace(toy_workload(tmp_path), elsewhere=elsewhere)
    first, second = (replace(toy_trial(number), checkpoint=str(tmp_path / f"t000{number}")) for number in (1, 2))
    assert checkpoint_of(workload, toy_trial(1)) is None
    assert checkpoint_of(workload, first) is None
    (tmp_path / "t0001").mkdir()
    assert checkpoint_of(workload, first) == tmp_path / "t0001"
    assert elsewhere.asked == []
    for trial in ("t0001", "t0002"):
        note_published(tmp_path, PublishedTrial(trial, (), None))
    os.utime(tmp_path / "t0001", (1, 1))
    assert checkpoint_of(workload, first, wait=False) == tmp_path / "fetched"
    assert checkpoint_of(workload, second) is None
    assert elsewhere.asked == [("t0001", False), ("t0002", True)]
    assert checkpoint_of(replace(workload, elsewhere=None), first) == tmp_path / "t0001"
    os.utime(tmp_path / "t0001", (4e9, 4e9))
    assert checkpoint_of(workload, first) == tmp_path / "t0001"
