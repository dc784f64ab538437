"""A trial on two processes is that of one; whatever becomes of one of them, the trial ends with a reason."""

from __future__ import annotations

import math
import os
import signal
import time
from dataclasses import replace

import pytest

from automl_tl.errors import DataCorrupted, TrialFailed
from automl_tl.finetune.fitted import load
from automl_tl.finetune.ranks import processes, supervisor
from automl_tl.finetune.ranks.supervisor import run_on_ranks
from automl_tl.finetune.ranks.task import RankTask
from automl_tl.finetune.recipe import Recipe
from automl_tl.finetune.training_state import read_state, state_file
from automl_tl.finetune.trial import run_trial

RECIPE = Recipe(
    "partial_unfreezing",
    updates=9,
    batch_size=7,
    learning_rate=0.02,
    optimiser="sgd",
    batch_norm="trained",
    mixup=0.4,
    augment="flip",
    label_smoothing=0.1,
    class_weights="inverse",
    focal=1.0,
    ema_decay=0.9,
)


def trial(workload, model_id, load_tiny, **options):
    values = {"report": lambda point: True, "remaining": lambda: math.inf} | options
    name = values.pop("trial", "t0001")
    return run_trial(workload, trial=name, model=model_id, recipe=RECIPE, seed=3, load_model=load_tiny, **values)


def test_a_trial_that_pauses_and_goes_on_on_two_processes_is_that_of_one(
    workload, model_id, load_tiny, tmp_path, monkeypatch
):
    """Losses, validation, weights and their average, momenta; what is frozen keeps its bits; no process stays."""
    started = []
    begin = processes._start
    monkeypatch.setattr(processes, "_start", lambda *place: started.append(begin(*place)) or started[-1])
    shared = replace(workload, devices=2, checkpoint_root=tmp_path / "shared")
    points = []
    paused = trial(shared, model_id, load_tiny, report=lambda point: points.append(point) or len(points) < 2)
    assert paused.stopped == "scheduler"
    assert [point.update for point in points] == [1, 3]
    trial(workload, model_id, load_tiny, until=1 / 3)
    ours, theirs = (read_state(state_file(each.checkpoint_root, "t0001")).loop for each in (shared, workload))
    assert ours.update == theirs.update == 3
    assert set(ours.tensors) == set(theirs.tensors)
    frozen = load_tiny(None).backbone.state_dict()["network.conv1.weight"]
    assert ours.tensors["weights.backbone.network.conv1.weight"].equal(frozen)
    for name, value in theirs.tensors.items():
        assert ours.tensors[name].allclose(value, atol=1e-4, rtol=1e-4), name

    whole = trial(shared, model_id, load_tiny, resume_from=state_file(shared.checkpoint_root, "t0001"))
    expected = trial(workload, model_id, load_tiny, trial="t0002")
    assert whole.stopped == ""
    assert [point.update for point in whole.curve] == [point.update for point in expected.curve]
    for point, other in zip(whole.curve, expected.curve, strict=True):
        assert point.train_loss == pytest.approx(other.train_loss, rel=1e-3)
        assert point.metrics["log_loss"] == pytest.approx(other.metrics["log_loss"], rel=1e-3)
    assert whole.micro_batch == 7
    assert not state_file(shared.checkpoint_root, "t0001").exists()
    found, wanted = (load(each.checkpoint).backbone.state_dict() for each in (whole, expected))
    assert all(found[name].allclose(value, atol=1e-3, rtol=1e-3) for name, value in wanted.items())
    assert len(started) == 4
    assert not any(rank.alive for rank in started)


def test_a_rank_that_is_killed_ends_the_trial_and_is_named(workload, model_id, load_tiny, monkeypatch):
    """The other one waits for it in an exchange; neither it nor anybody else stays behind."""
    started = []
    begin = processes._start
    monkeypatch.setattr(processes, "_start", lambda *place: started.append(begin(*place)) or started[-1])

    def report(point):
        os.kill(started[1].process.pid, signal.SIGKILL)
        return True

    with pytest.raises(TrialFailed, match=r"rank 1 of the trial's 2 processes .*was ended by SIGKILL"):
        trial(replace(workload, devices=2), model_id, load_tiny, report=report)
    assert not any(rank.alive for rank in started)


FAKE = """
import os, sys, time
from multiprocessing.connection import Connection
from automl_tl.errors import DataCorrupted
from automl_tl.finetune.ranks.messages import Watcher, Word
rank, watcher = int(sys.argv[1]), Watcher(Connection(int(sys.argv[3])))
task = watcher.ask(Word.READY)
what = task.trial
if what == "says" and rank == 1:
    watcher.tell(Word.FAILED, DataCorrupted("the state is damaged", field="resume_from"))
if what == "foreign" and rank == 1:
    watcher.tell(Word.FAILED, "KeyError")
if what == "follows" and rank == 0:
    while not (task.folder / "begun").exists():
        time.sleep(0.05)
    watcher.tell(Word.FAILED, "RuntimeError")
    time.sleep(600)
if what == "follows":
    (task.folder / "begun").touch()
    time.sleep(0.5)
    sys.exit(9)
if what == "left" and rank == 1:
    watcher.tell(Word.DONE, None)
if what == "left" and rank == 0:
    time.sleep(0.2)
    assert watcher.report("point") is True
    watcher.tell(Word.DONE, f"outcome with {watcher.remaining()} left")
watcher.wait_for_the_end()
"""


@pytest.fixture
def pretend(tmp_path, monkeypatch, workload, model_id, load_tiny):
    """Return a function that runs a trial whose ranks do as its name says, and imports no torch for it."""
    (tmp_path / "fake_rank.py").write_text(FAKE)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(processes, "_MODULE", "fake_rank")

    def call(what, remaining=lambda: 5.0):
        task = RankTask(replace(workload, devices=2), what, model_id, RECIPE, 0)
        return run_on_ranks(task, report=lambda point: True, remaining=remaining, load_model=load_tiny)

    return call


def test_what_rank_0_brings_is_the_outcome(pretend):
    """The others have nothing to bring."""
    assert pretend("left") == "outcome with 5.0 left"


def test_an_error_of_ours_comes_back_as_it_was_raised(pretend):
    """The search begins a trial anew whose state is damaged."""
    with pytest.raises(DataCorrupted, match="the state is damaged") as caught:
        pretend("says")
    assert caught.value.field == "resume_from"


def test_any_other_error_is_told_by_its_kind(pretend, monkeypatch):
    """Its text quotes paths and data, and is in the log."""
    monkeypatch.setattr(supervisor, "_CAUSE_SECONDS", 0.2)
    with pytest.raises(TrialFailed, match=r"rank 1 .*unexpected KeyError"):
        pretend("foreign")


def test_the_rank_that_died_is_named_and_not_the_one_that_failed_of_it(pretend, monkeypatch):
    """A closed connection is the first thing that is heard."""
    monkeypatch.setattr(supervisor, "_CAUSE_SECONDS", 60.0)
    with pytest.raises(TrialFailed, match=r"rank 1 .*exit status 9"):
        pretend("follows")


@pytest.mark.parametrize("left", [-math.inf, -1.0])
def test_ranks_that_do_not_end_in_time_are_ended(pretend, monkeypatch, left):
    """Cancelled or out of time, and stuck somewhere."""
    monkeypatch.setattr(supervisor, "_CANCEL_SECONDS", 0.3)
    monkeypatch.setattr(supervisor, "_GRACE_SECONDS", 0.3)
    began = time.monotonic()
    with pytest.raises(TrialFailed, match="did not end when their time was up"):
        pretend("stuck", remaining=lambda: left)
    assert time.monotonic() - began < 60
