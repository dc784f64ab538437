"""Trials under a real local Ray."""

import threading
from pathlib import Path

import numpy as np
import pytest

from automl_tl.distributed.tune_runner import TuneRunner
from automl_tl.errors import FailedPrecondition
from automl_tl.finetune.metrics import metrics
from automl_tl.finetune.workload import TrialOutcome
from automl_tl.search.budget import Budget, Deadline
from automl_tl.search.driver import SearchDriver
from automl_tl.search.resume import state_of
from automl_tl.search.runner import PackingRunner, Resources, TrialRunner
from automl_tl.search.sampler import Sampler, Suggestion
from automl_tl.search.space import Situation
from automl_tl.search.space_reader import parse_space
from automl_tl.search.trial import TrialState
from automl_tl.testing.runner import (
    RecordingEvents,
    RunnerContract,
    ScriptedSource,
    rehearse,
    toy_trial,
    toy_workload,
)

SPACE = """
modality: image
strategies:
  full_finetune:
    weight_decay: {kind: float, low: 0.0, high: 1.0, default: 0.5}
"""


class TestTuneRunner(RunnerContract):
    patience = 8.0

    @pytest.fixture
    def runner(self, ray_session, tmp_path: Path) -> TrialRunner:
        """Return a runner that only rehearses, one trial after the other: a process costs seconds to start."""
        return TuneRunner(ray_session, Resources(concurrent=1), storage=tmp_path / "ray", trial_function=rehearse)


def run(runner, workload, trials, *, seconds=None, cancelled=lambda: False):
    source, events = ScriptedSource(trials), RecordingEvents()
    runner.run(workload, source, events, deadline=Deadline.after(seconds), cancelled=cancelled)
    return source, events


def test_a_dying_process_fails_its_trial_and_no_other(ray_session, tmp_path):
    """A trial that takes its process down is FAILED with a reason; the next ones get a new process."""
    runner = TuneRunner(ray_session, storage=tmp_path / "ray", trial_function=rehearse)
    _, events = run(runner, toy_workload(tmp_path / "t"), [toy_trial(1, seed=667), toy_trial(2)])
    assert events.ends["t0001"].state is TrialState.FAILED
    assert "process died" in events.ends["t0001"].error
    assert events.ends["t0002"].state is TrialState.SUCCEEDED


def test_a_trial_that_hangs_cannot_hold_up_a_cancelled_search(ray_session, tmp_path):
    """After the grace its process is ended; without a point the trial is FAILED as cancelled."""
    runner = TuneRunner(
        ray_session, Resources(concurrent=1), storage=tmp_path / "ray", trial_function=rehearse, grace=0.5
    )
    source, events = ScriptedSource([toy_trial(1, seed=669), toy_trial(2)]), RecordingEvents()
    runner.run(
        toy_workload(tmp_path / "t"),
        source,
        events,
        deadline=Deadline.after(None),
        cancelled=lambda: ("started", "t0001") in events.log,
    )
    assert (events.ends["t0001"].state, events.ends["t0001"].error) == (TrialState.FAILED, "cancelled")
    assert [trial.id for trial in source.waiting] == ["t0002"]


def test_processes_are_used_again_and_the_workload_arrives_whole(ray_session, tmp_path, capfd):
    """Two slots serve six trials with at most two processes, arrays come through unchanged, nothing is printed."""

    def trial_function(workload, *, trial, report, **options):
        import os

        assert workload.train.inputs[3].sum() == 4 * 4 * 3 * 3
        root = workload.checkpoint_root / trial
        root.mkdir(parents=True)
        (root / "pid").write_text(str(os.getpid()))
        return rehearse(workload, trial=trial, report=report, **options)

    workload = toy_workload(tmp_path / "t")
    runner = TuneRunner(ray_session, storage=tmp_path / "ray", trial_function=trial_function)
    _, events = run(runner, workload, [toy_trial(number) for number in range(1, 7)])
    assert all(trial.state is TrialState.SUCCEEDED for trial in events.ends.values())
    assert len({path.read_text() for path in workload.checkpoint_root.glob("*/pid")}) <= 2
    assert not list((tmp_path / "ray").iterdir())
    assert capfd.readouterr() == ("", "")


def test_a_whole_search_records_before_it_launches_and_repeats_itself(ray_session, tmp_path):
    """With one slot the same seed gives the same configurations; every row exists before its trial runs."""
    seen = []
    for attempt in ("first", "second"):
        workload = toy_workload(tmp_path / attempt)
        rows: dict[str, list[TrialState]] = {}

        def record(trial, rows=rows, workload=workload):
            if trial.id not in rows:
                assert not (workload.checkpoint_root / trial.id).exists()
            rows.setdefault(trial.id, []).append(trial.state)

        metric = metrics.get("accuracy")
        space = parse_space(SPACE)
        sampler = Sampler(
            space, {"local:a": Situation("toy", 1000, 8, 2)}, metric=metric, seed=5, portfolio=0, startup=2
        )
        driver = SearchDriver(
            sampler, metric=metric, budget=Budget(trials=5), deadline=Deadline.after(None), seed=1, record=record
        )
        runner = TuneRunner(
            ray_session, Resources(concurrent=1), storage=tmp_path / "ray", trial_function=rehearse
        )
        runner.run(workload, driver, driver, deadline=Deadline.after(None), cancelled=lambda: False)
        assert all(states[0] is TrialState.PENDING for states in rows.values())
        assert [trial.number for trial in driver.trials] == [1, 2, 3, 4, 5]
        best = min(trial.parameters["weight_decay"] for trial in driver.trials)
        assert driver.incumbent().parameters["weight_decay"] == best
        seen.append([trial.parameters for trial in driver.trials])
    assert seen[0] == seen[1]


def test_a_paused_trial_is_promoted_after_others_have_run(ray_session, tmp_path):
    """The second best of three goes on after the third, under its own row and from its own state."""

    class Scripted:
        def ask(self, trial, *, seconds_left):
            loss = {"t0001": 0.1, "t0002": 0.5, "t0003": 0.8}[trial]
            return Suggestion("local:a", "full_finetune", {"weight_decay": loss}, "sampler")

        def note(self, trial):
            """Learn nothing."""

    workload, rows = toy_workload(tmp_path / "trials"), []
    driver = SearchDriver(
        Scripted(),
        metric=metrics.get("accuracy"),
        budget=Budget(trials=3),
        deadline=Deadline.after(None),
        seed=1,
        record=rows.append,
        resumable=lambda trial: state_of(workload, trial) is not None,
    )
    runner = TuneRunner(ray_session, Resources(concurrent=1), storage=tmp_path / "ray", trial_function=rehearse)
    runner.run(workload, driver, driver, deadline=Deadline.after(None), cancelled=lambda: False)
    assert [(trial.state.value, len(trial.curve)) for trial in driver.trials] == [
        ("SUCCEEDED", 4),
        ("SUCCEEDED", 4),
        ("PRUNED", 2),
    ]
    changes = [(row.id, row.state.value, len(row.curve)) for row in rows]
    paused = changes.index(("t0002", "PRUNED", 2))
    again = changes.index(("t0002", "PENDING", 2))
    assert paused < changes.index(("t0003", "PRUNED", 2)) < again
    assert changes[again + 1] == ("t0002", "RUNNING", 2)
    assert [point.update for point in driver.trials[1].curve] == [1, 2, 3, 4]


def test_asking_for_more_than_there_is_says_so(ray_session, tmp_path):
    """A trial that never could be placed would wait for ever."""
    runner = TuneRunner(ray_session, Resources(gpus=64), storage=tmp_path / "ray", trial_function=rehearse)
    with pytest.raises(FailedPrecondition, match="64 GPU"):
        run(runner, toy_workload(tmp_path / "t"), [toy_trial(1)])


def test_figures_of_numpy_survive_the_way_back(ray_session, tmp_path):
    """NumPy floats in metrics arrive as numbers; a NaN value ends as FAILED."""

    def trial_function(workload, *, trial, report, **options):
        from automl_tl.finetune.workload import CurvePoint

        point = CurvePoint(1, 1.0, 0.1, 0.5, {"accuracy": np.float32("nan")})
        report(point)
        return TrialOutcome(point, (point,), workload.checkpoint_root / trial, 0.1)

    runner = TuneRunner(ray_session, storage=tmp_path / "ray", trial_function=trial_function)
    _, events = run(runner, toy_workload(tmp_path / "t"), [toy_trial(1)])
    assert events.ends["t0001"].state is TrialState.FAILED
    assert events.ends["t0001"].error == "validation accuracy is not a number"


def test_what_the_driver_holds_need_not_be_picklable(ray_session, tmp_path):
    """Events and ``cancelled`` lead to the ledger; Ray's experiment file must not try to hold a database."""
    lock = threading.Lock()

    class LockedEvents(RecordingEvents):
        def __init__(self):
            super().__init__()
            self.lock = lock

    source, events = ScriptedSource([toy_trial(1)]), LockedEvents()
    TuneRunner(ray_session, storage=tmp_path / "ray", trial_function=rehearse).run(
        toy_workload(tmp_path / "t"),
        source,
        events,
        deadline=Deadline.after(None),
        cancelled=lambda: lock.locked(),
    )
    assert events.ends["t0001"].state is TrialState.SUCCEEDED


def test_trials_are_packed_by_the_memory_that_they_take(ray_session, tmp_path):
    """Of 80 GB, 20 GB take a third, and never less than was asked for; without GPUs nothing changes."""
    options = {"storage": tmp_path / "ray", "trial_function": rehearse, "gpu_bytes": 80e9}
    runner = TuneRunner(ray_session, Resources(gpus=0.125, concurrent=8), **options)
    assert runner.packed(20e9).resources == Resources(gpus=0.3333, concurrent=8)
    assert runner.packed(1e6).resources.gpus == 0.125
    assert runner.packed(float("nan")).resources.gpus == 1.0
    several = TuneRunner(ray_session, Resources(gpus=2.0), **options)
    assert several.packed(20e9) is several
    bare = TuneRunner(ray_session, Resources(), **options)
    assert bare.packed(20e9) is bare
    assert isinstance(bare, PackingRunner)
