"""Contract test of a trial runner: subclass RunnerContract and return the runner."""

from __future__ import annotations

import dataclasses
import json
import math
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest

from automl_tl.errors import TrialFailed
from automl_tl.finetune.metrics import metrics
from automl_tl.finetune.recipe import Recipe
from automl_tl.finetune.training_state import state_file
from automl_tl.finetune.workload import CurvePoint, LabelledInputs, SoFar, TrialOutcome, Workload
from automl_tl.names import trial_id
from automl_tl.search.budget import Deadline
from automl_tl.search.halving import SuccessiveHalving
from automl_tl.search.lifecycle import FINAL, merit, onward, rung_of
from automl_tl.search.runner import LoadModel, TrialRunner
from automl_tl.search.trial import Trial, TrialState
from automl_tl.zoo.card import ImageInput, ModelCard

__all__ = ["RecordingEvents", "RunnerContract", "ScriptedSource", "rehearse", "toy_trial", "toy_workload"]

RUNGS = (1 / 9, 1 / 3, 2 / 3, 1.0)


def toy_workload(directory: Path, *, models: tuple[str, ...] = ("local:a",), metric: str = "accuracy") -> Workload:
    """Return a workload of eight grey images in two classes with made-up embeddings."""
    rng = np.random.default_rng(0)
    inputs = LabelledInputs(tuple(np.full((4, 4, 3), v, np.uint8) for v in range(8)), np.arange(8) % 2)
    features = {model: rng.normal(size=(8, 3)).astype(np.float32) for model in models}
    cards = {
        model: ModelCard(
            "local", model.partition(":")[2], "image", "toy", "toy", ImageInput((4, 4)), parameters=1000
        )
        for model in models
    }
    return Workload(
        "image", "classification", ("no", "yes"), metric, inputs, inputs, cards, features, features, {}, directory
    )


def rehearse(
    workload: Workload,
    *,
    trial: str,
    model: str,
    recipe: Recipe,
    seed: int,
    report: Callable[[CurvePoint], bool],
    remaining: Callable[[], float],
    load_model: LoadModel,
    resume_from: Path | None = None,
    until: float = 1.0,
) -> TrialOutcome:
    """Act as a trial without training: accuracy is 1 - weight_decay, slightly less at early rungs.

    Before every report but the last it leaves a training state, and goes on after the points of ``resume_from``.

    The word in ``recipe.augment`` cannot be free, so ``seed`` says how to behave: 666 raises a worded error, 667
    kills the process, 668 waits before its first point until it is told to end, 669 hangs whatever it is told,
    670 waits after its first point, 671 never gets above its untrained start, with accuracy 0.5, and keeps that.
    """
    began, curve = time.monotonic(), list[CurvePoint]()
    checkpoint = workload.checkpoint_root / trial
    checkpoint.mkdir(parents=True, exist_ok=True)
    stopped = ""
    if resume_from is not None:
        curve = [CurvePoint(**point) for point in json.loads(resume_from.read_text(encoding="utf-8"))]
    elif seed == 671:
        curve = [CurvePoint(0, 0.0, 0.0, 1.0, {workload.metric: 0.5})]
    state = state_file(workload.checkpoint_root, trial)
    for number, fraction in list(enumerate(RUNGS))[sum(point.update > 0 for point in curve) :]:
        if fraction > until:
            stopped = "scheduler"
            break
        if seed == 666:
            raise TrialFailed("learning_rate was far too high", field="learning_rate")
        if seed == 667:
            os._exit(3)
        if seed == 669:
            time.sleep(600)
        if (seed == 668 and number == 0) or (seed == 670 and number == 1):
            while remaining() > 0:
                time.sleep(0.02)
        if remaining() <= 0:
            stopped = "deadline"
            break
        accuracy = 1 - recipe.weight_decay - 0.01 * (1 - fraction)
        figures = {workload.metric: accuracy}
        curve.append(CurvePoint(number + 1, fraction, time.monotonic() - began, 1.0, figures))
        state.write_text(json.dumps([dataclasses.asdict(point) for point in curve]), encoding="utf-8")
        if fraction >= 1:
            state.unlink()
        kept = curve[0 if seed == 671 else -1]
        if not report(replace(curve[-1], so_far=SoFar(tuple(curve[:-1]), kept.update))):
            stopped = "scheduler"
            break
    if not curve:
        raise TrialFailed("the time was used up before the first update", field="budget")
    best = curve[0 if seed == 671 else -1]
    return TrialOutcome(best, tuple(curve), checkpoint, time.monotonic() - began, stopped)


def toy_trial(number: int, *, loss: float = 0.1, seed: int = 0) -> Trial:
    """Return a trial for :func:`rehearse` that ends with accuracy 1 - ``loss``."""
    parameters = {"weight_decay": loss}
    return Trial(trial_id(number), number, "local:a", "full_finetune", parameters, seed, "sampler")


class ScriptedSource:
    """A TrialSource that hands out given trials, pauses those that are bad, and remembers what ended.

    Parameters
    ----------
    eta
        Of successive halving by accuracy; large values pause all but the best.
    seconds
        What each trial may take.
    """

    def __init__(self, trials: list[Trial], *, eta: float = 2.0, seconds: float = math.inf) -> None:
        self.waiting = list(trials)
        self.ended: list[Trial] = []
        self._halving = SuccessiveHalving(eta=eta, first_eta=eta)
        self._seconds = seconds

    def next(self, at_once: int = 1) -> Trial | None:
        """Return the next given trial."""
        return self.waiting.pop(0) if self.waiting else None

    def keeps(self, trial: Trial, point: CurvePoint) -> bool:
        """Return whether the trial is among the best of its rung."""
        return self._halving.keeps(trial.id, rung_of(point), merit(metrics.get("accuracy"), point.metrics))

    def allowance(self, trial: Trial) -> float:
        """Return what each trial may take."""
        return self._seconds

    def finished(self, trial: Trial) -> None:
        """Remember the trial."""
        self.ended.append(trial)


@dataclass
class RecordingEvents:
    """A TrialEvents that writes down what it hears, as (kind, trial id) and as trials."""

    log: list[tuple[str, str]] = field(default_factory=list)
    ends: dict[str, Trial] = field(default_factory=dict)
    points: dict[str, list[CurvePoint]] = field(default_factory=dict)

    def started(self, trial: Trial) -> None:
        """Note the start."""
        self.log.append(("started", trial.id))

    def reported(self, trial: Trial, point: CurvePoint) -> None:
        """Note the point."""
        assert trial.curve[-1] == point
        self.log.append(("reported", trial.id))
        self.points.setdefault(trial.id, []).append(point)

    def ended(self, trial: Trial) -> None:
        """Note the end."""
        self.log.append(("ended", trial.id))
        self.ends[trial.id] = trial


class RunnerContract:
    """What every trial runner must do.

    ::

        class TestMine(RunnerContract):
            @pytest.fixture
            def runner(self, tmp_path):
                return MyRunner(trial_function=rehearse)
    """

    patience = 1.0
    """Seconds within which the runner has surely begun its first trial."""

    @pytest.fixture
    def runner(self, tmp_path: Path) -> TrialRunner:
        """Return the runner under test, with :func:`rehearse` as its trial function."""
        raise AssertionError("return your runner")

    @pytest.fixture
    def workload(self, tmp_path: Path) -> Workload:
        """Return a toy workload."""
        return toy_workload(tmp_path / "trials")

    def go(
        self,
        runner: TrialRunner,
        workload: Workload,
        trials: list[Trial],
        *,
        seconds: float | None = None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> tuple[ScriptedSource, RecordingEvents]:
        """Run ``trials`` to the end."""
        source, events = ScriptedSource(trials), RecordingEvents()
        runner.run(workload, source, events, deadline=Deadline.after(seconds), cancelled=cancelled)
        return source, events

    def test_every_trial_runs_to_its_end(self, runner: TrialRunner, workload: Workload) -> None:
        """Good trials succeed with their whole curve, last value and checkpoint, told to events and source."""
        source, events = self.go(runner, workload, [toy_trial(1), toy_trial(2, loss=0.05)])
        assert sorted(trial.id for trial in source.ended) == ["t0001", "t0002"]
        for number, value in ((1, 0.9), (2, 0.95)):
            trial = events.ends[trial_id(number)]
            assert trial.state is TrialState.SUCCEEDED
            assert trial.value == pytest.approx(value)
            assert [point.fraction for point in trial.curve] == list(RUNGS)
            assert Path(trial.checkpoint) == workload.checkpoint_root / trial.id
            heard = [kind for kind, name in events.log if name == trial.id]
            assert heard == ["started", *["reported"] * 4, "ended"]

    def test_a_trial_that_raises_fails_alone_with_its_message(
        self, runner: TrialRunner, workload: Workload
    ) -> None:
        """It says what field that names; so does one with an unknown hyperparameter; the others go on."""
        unknown = Trial("t0002", 2, "local:a", "full_finetune", {"speed": 9}, 0, "sampler")
        _, events = self.go(runner, workload, [toy_trial(1, seed=666), unknown, toy_trial(3)])
        assert events.ends["t0001"].state is TrialState.FAILED
        assert events.ends["t0001"].error == "learning_rate was far too high"
        assert events.ends["t0001"].error_field == "learning_rate"
        assert events.ends["t0002"].state is TrialState.FAILED
        assert "'speed'" in events.ends["t0002"].error
        assert events.ends["t0002"].error_field == ""
        assert events.ends["t0003"].state is TrialState.SUCCEEDED

    def test_bad_trials_are_stopped_early(self, runner: TrialRunner, workload: Workload) -> None:
        """Far worse trials are PRUNED at their first rung with what they reached; the best one is not."""
        trials = [toy_trial(1, loss=0.01), toy_trial(2, loss=0.8), toy_trial(3, loss=0.8)]
        source, events = ScriptedSource(trials, eta=9.0), RecordingEvents()
        runner.run(workload, source, events, deadline=Deadline.after(None), cancelled=lambda: False)
        assert events.ends["t0001"].state is TrialState.SUCCEEDED
        assert sorted(trial.id for trial in source.ended) == ["t0001", "t0002", "t0003"]
        for trial in (events.ends["t0002"], events.ends["t0003"]):
            assert (trial.state, trial.error, len(trial.curve)) == (TrialState.PRUNED, "", 1)
            assert trial.value < 0.3
            assert trial.checkpoint

    def test_a_paused_trial_has_the_figures_of_what_lies_on_disk(
        self, runner: TrialRunner, workload: Workload
    ) -> None:
        """A run that keeps its untrained start claims no training, and has the start in its curve."""
        trials = [toy_trial(1, loss=0.01), toy_trial(2, loss=0.8, seed=671)]
        source, events = ScriptedSource(trials, eta=9.0), RecordingEvents()
        runner.run(workload, source, events, deadline=Deadline.after(None), cancelled=lambda: False)
        paused = events.ends["t0002"]
        assert (paused.state, paused.value, paused.metrics) == (TrialState.PRUNED, 0.5, {workload.metric: 0.5})
        assert [point.fraction for point in paused.curve] == [0.0, RUNGS[0]]

    def test_a_paused_trial_goes_on_where_it_stopped(self, runner: TrialRunner, workload: Workload) -> None:
        """Handed out again, it reports only what is new; its curve grows and its id stays."""
        source, events = (
            ScriptedSource([toy_trial(1, loss=0.01), toy_trial(2, loss=0.8)], eta=9.0),
            RecordingEvents(),
        )
        runner.run(workload, source, events, deadline=Deadline.after(None), cancelled=lambda: False)
        paused = events.ends["t0002"]
        again, heard = self.go(runner, workload, [onward(paused)])
        assert [trial.id for trial in again.ended] == ["t0002"]
        assert again.ended[0].state is TrialState.SUCCEEDED
        assert [point.fraction for point in again.ended[0].curve] == list(RUNGS)
        assert [point.fraction for point in heard.points["t0002"]] == list(RUNGS)[len(paused.curve) :]

    def test_an_allowance_ends_a_trial_and_nothing_else(self, runner: TrialRunner, workload: Workload) -> None:
        """The trial keeps its value and says deadline; the next one begins."""
        source, events = ScriptedSource([toy_trial(1, seed=670), toy_trial(2)], seconds=0.3), RecordingEvents()
        runner.run(workload, source, events, deadline=Deadline.after(None), cancelled=lambda: False)
        assert (events.ends["t0001"].state, events.ends["t0001"].error) == (TrialState.PRUNED, "deadline")
        assert "t0002" in events.ends

    def test_the_deadline_ends_everything(self, runner: TrialRunner, workload: Workload) -> None:
        """No trial is begun after it; one with a point keeps its value, one without is FAILED."""
        trials = [toy_trial(1, seed=670), toy_trial(2, seed=668), toy_trial(3, seed=668), toy_trial(4)]
        source, events = self.go(runner, workload, trials, seconds=self.patience)
        assert len(source.ended) < len(trials)
        assert {trial.id for trial in source.ended} == set(events.ends)
        assert all(trial.state in FINAL for trial in source.ended)
        for trial in source.ended:
            if trial.curve:
                assert (trial.state, trial.error) == (TrialState.PRUNED, "deadline")
                assert trial.value == pytest.approx(0.9 - 0.01 * 8 / 9)
            else:
                assert trial.state is TrialState.FAILED
                assert trial.error

    def test_cancelling_ends_running_trials_and_begins_no_other(
        self, runner: TrialRunner, workload: Workload
    ) -> None:
        """Every trial that was handed out is in a final state afterwards."""
        trials = [toy_trial(n, seed=670) for n in range(1, 6)]
        source, events = ScriptedSource(trials), RecordingEvents()
        runner.run(
            workload,
            source,
            events,
            deadline=Deadline.after(None),
            cancelled=lambda: any(kind == "reported" for kind, _ in events.log),
        )
        handed_out = 5 - len(source.waiting)
        assert 1 <= handed_out <= 2
        assert len(events.ends) == handed_out == len(source.ended)
        first = events.ends["t0001"]
        assert (first.state, first.error) == (TrialState.PRUNED, "cancelled")

    def test_without_trials_it_returns(self, runner: TrialRunner, workload: Workload) -> None:
        """An empty source ends the run."""
        source, events = self.go(runner, workload, [])
        assert not source.ended
        assert not events.log
