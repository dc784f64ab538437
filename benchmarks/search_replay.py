"""Searches replayed on a table of real learning curves: how far from its best entry does each one end?"""

from __future__ import annotations

import math
import random
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from automl_tl.finetune.metrics import metrics
from automl_tl.finetune.workload import CurvePoint, LabelledInputs, SoFar, TrialOutcome, Workload
from automl_tl.search.budget import Budget, Deadline
from automl_tl.search.driver import SearchDriver
from automl_tl.search.foresight import Foresight
from automl_tl.search.incumbent import best_of
from automl_tl.search.lifecycle import begin, cut, finish, with_point
from automl_tl.search.parzen import Observation, ParzenEstimator
from automl_tl.search.run import search
from automl_tl.search.runner import TrialEvents, TrialSource
from automl_tl.search.sampler import Suggestion
from automl_tl.search.space import Scalar, Situation
from automl_tl.search.standing import Standing
from automl_tl.search.trial import Trial
from automl_tl.zoo.card import ImageInput, ModelCard
from benchmarks import search_table
from benchmarks.search_table import Candidate, Row

__all__ = ["METHODS", "lines", "regret"]

_SEEDS = 20
_FULL_RUNS = 20
"""The full budget: the CPU-seconds of this many average full runs."""
_SHARES = (1.0, 0.25)
_EXAMPLES = 250
_METRIC = metrics.get("accuracy")


class Clock:
    """Seconds that only pass when somebody says so."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


class Replay:
    """A TrialRunner with one worker that looks every trial up in the table.

    A configuration stands for the nearest run of its model and strategy that no other trial stands for, as long as
    there is one.
    """

    def __init__(self, rows: Sequence[Row], clock: Clock) -> None:
        self._rows = [row for row in rows if row.accuracy]
        self._clock = clock
        self._taken: dict[str, Row] = {}

    def run(
        self,
        workload: Workload,
        source: TrialSource,
        events: TrialEvents,
        *,
        deadline: Deadline,
        cancelled: Callable[[], bool],
    ) -> None:
        """Run trials until the source is empty or the deadline passes."""
        while deadline.remaining() > 0:
            trial = source.next()
            if trial is None:
                return
            running = begin(trial)
            events.started(running)
            ended = self._ended(running, workload, source, events, deadline)
            events.ended(ended)
            source.finished(ended)

    def _ended(
        self, trial: Trial, workload: Workload, source: TrialSource, events: TrialEvents, deadline: Deadline
    ) -> Trial:
        (workload.checkpoint_root / trial.id).mkdir(exist_ok=True)
        row = self._nearest(trial)
        past = trial.curve[-1].seconds if trial.curve else 0.0
        for number, (fraction, seconds) in enumerate(zip(row.fractions, row.seconds, strict=True)):
            if seconds <= past:
                continue
            if seconds - past > deadline.remaining():
                self._clock.now += deadline.remaining()
                return cut(trial, "deadline", trial.seconds, workload)
            self._clock.now += seconds - past
            past = seconds
            figures = {"accuracy": row.accuracy[number], "log_loss": row.log_loss[number]}
            update = math.ceil(round(fraction * int(row.parameters["updates"]), 6))
            point = CurvePoint(update, fraction, seconds, math.nan, figures)
            so_far = SoFar(trial.curve, _best((*trial.curve, point)).update)
            trial = with_point(trial, replace(point, so_far=so_far), workload)
            events.reported(trial, point)
            if not source.keeps(trial, point) and fraction < 1:
                return cut(trial, "scheduler", seconds, workload)
        return finish(
            trial, TrialOutcome(_best(trial.curve), trial.curve, workload.checkpoint_root, past), workload
        )

    def _nearest(self, trial: Trial) -> Row:
        if trial.id not in self._taken:
            same = [row for row in self._rows if (row.model, row.strategy) == (trial.model, trial.strategy)]
            free = [row for row in same if not any(row is other for other in self._taken.values())]
            near = min(free or same, key=lambda row: _distance(trial.strategy, row.parameters, trial.parameters))
            self._taken[trial.id] = near
        return self._taken[trial.id]


def _best(curve: Sequence[CurvePoint]) -> CurvePoint:
    return max(curve, key=lambda each: (each.metrics["accuracy"], -each.metrics["log_loss"]))


def _distance(strategy: str, one: Mapping[str, Scalar], other: Mapping[str, Scalar]) -> float:
    total = 0.0
    for entry in search_table.space().strategy(strategy).parameters:
        a, b = one[entry.name], other[entry.name]
        if entry.kind == "categorical":
            total += 0.25 * (a != b)
        else:
            total += (entry.position(a) - entry.position(b)) ** 2
    return total


class Alone:
    """A sampler without probe, portfolio and prior: random draws, or Optuna's estimator."""

    def __init__(self, situations: Mapping[str, Situation], *, seed: int, startup: int) -> None:
        self._situations, self._seed, self._startup = situations, seed, startup
        self._trials: dict[str, Trial] = {}
        self._foresight = Foresight(_METRIC)

    def ask(self, trial: str, *, seconds_left: float) -> Suggestion:
        """Return the next configuration."""
        seen = [
            Observation(each.model, each.strategy, each.parameters, self._foresight.final_merit(each))
            for each in self._trials.values()
        ]
        seed = random.Random(f"{self._seed}-{trial}").randrange(2**31)
        space = search_table.space()
        estimator = ParzenEstimator(space, self._situations, seen, seed=seed, startup=self._startup)
        return Suggestion(*estimator.draw(), origin="sampler")

    def note(self, trial: Trial) -> None:
        """Learn from a trial."""
        self._foresight.note(trial)
        self._trials[trial.id] = trial


@dataclass(frozen=True)
class Setting:
    """One task of the table with the seconds that a search may take."""

    rows: Sequence[Row]
    candidates: Sequence[Candidate]
    seconds: float


def regret(method: str, setting: Setting, seed: int) -> float:
    """Return by how many points of validation accuracy the best entry of the table beats what the search found."""
    models = {each.model: each.accuracy for each in setting.candidates}
    best = max([*models.values(), *(max(row.accuracy) for row in setting.rows if row.accuracy)])
    return 100 * (best - METHODS[method](setting, seed))


def _ours(setting: Setting, seed: int) -> float:
    return _searched(setting, setting.candidates, seed, heads_count=True)


def _shuffled(setting: Setting, seed: int) -> float:
    """Deal out what is known of the models to other models; the probes' heads count for nothing then."""
    rng = np.random.default_rng(seed)
    told = [setting.candidates[int(place)] for place in rng.permutation(len(setting.candidates))]
    dealt = [
        replace(
            truth, accuracy=other.accuracy, log_loss=other.log_loss, rank=other.rank, contender=other.contender
        )
        for truth, other in zip(setting.candidates, told, strict=True)
    ]
    dealt = [
        replace(each, probability_best=other.probability_best) for each, other in zip(dealt, told, strict=True)
    ]
    return _searched(setting, sorted(dealt, key=lambda each: each.rank), seed, heads_count=False)


def _searched(setting: Setting, told: Sequence[Candidate], seed: int, *, heads_count: bool) -> float:
    clock = Clock()
    figures = {each.model: {"accuracy": each.accuracy, "log_loss": each.log_loss} for each in told}

    def rung0(
        workload: Workload, *, model: str, report: Callable[[CurvePoint], bool], **rest: object
    ) -> TrialOutcome:
        point = CurvePoint(0, 1.0, 0.0, math.nan, figures[model])
        report(point)
        return TrialOutcome(point, (point,), workload.checkpoint_root, 0.0)

    paces = _paces(setting)
    with tempfile.TemporaryDirectory(prefix="automl-tl-replay-") as folder:
        result = search(
            _workload(told, Path(folder)),
            [each.model for each in told],
            search_table.space(),
            budget=Budget(trials=10_000),
            deadline=Deadline(setting.seconds, clock),
            seed=seed,
            runner=Replay(setting.rows, clock),
            record=lambda trial: None,
            trial_function=rung0,
            load_model=lambda card: None,
            standings={
                each.model: Standing(each.probability_best, each.contender, paces[each.model]) for each in told
            },
            resumable=lambda trial: True,
        )
    counted = [trial for trial in result.trials if heads_count or trial.origin != "probe"]
    best = best_of(counted, _METRIC)
    return best.value if best else 0.0


def _paces(setting: Setting) -> dict[str, float]:
    """Return the seconds per example of an update in the first full run of each model, as timing one would."""
    found: dict[str, float] = {}
    for row in setting.rows:
        if row.seconds and row.model not in found:
            found[row.model] = row.seconds[-1] / (
                float(row.parameters["updates"]) * float(row.parameters["batch_size"])
            )
    return found


def _alone(startup: int) -> Callable[[Setting, int], float]:
    def method(setting: Setting, seed: int) -> float:
        clock = Clock()
        situations = {each.model: Situation(each.family, each.parameters, 100, 10) for each in setting.candidates}
        deadline = Deadline(setting.seconds, clock)
        driver = SearchDriver(
            Alone(situations, seed=seed, startup=startup),
            metric=_METRIC,
            budget=Budget(trials=10_000),
            deadline=deadline,
            seed=seed,
            record=lambda trial: None,
            resumable=lambda trial: True,
        )
        with tempfile.TemporaryDirectory(prefix="automl-tl-replay-") as folder:
            workload = _workload(setting.candidates, Path(folder))
            Replay(setting.rows, clock).run(workload, driver, driver, deadline=deadline, cancelled=lambda: False)
            best = best_of(driver.trials, _METRIC)
        return best.value if best else 0.0

    return method


METHODS: Mapping[str, Callable[[Setting, int], float]] = {
    "our search": _ours,
    "our search, shuffled probe": _shuffled,
    "sampler alone (TPE + promotion)": _alone(10),
    "random + promotion": _alone(10**9),
}


def _workload(told: Sequence[Candidate], folder: Path) -> Workload:
    inputs = LabelledInputs(
        tuple(np.zeros((1, 1, 3), np.uint8) for _ in range(_EXAMPLES)), np.zeros(_EXAMPLES, int)
    )
    cards = {}
    for each in told:
        source, _, name = each.model.partition(":")
        card = ModelCard(source, name, "image", name, each.family, ImageInput(), parameters=each.parameters)
        cards[each.model] = card
    return Workload(
        "image", "classification", tuple("0123456789"), "accuracy", inputs, inputs, cards, {}, {}, {}, folder
    )


def lines() -> Iterator[str]:
    """Yield the rows of the table."""
    every = search_table.read()
    yield f"{len(every)} real runs of six starter models on {len(search_table.TASKS)} tasks, {_SEEDS} seeds. The"
    yield f"full budget is the time of {_FULL_RUNS} average full runs, on one worker. Regret: points of validation"
    yield "accuracy below the table's best entry, mean (worst seed)."
    for share in _SHARES:
        yield ""
        yield f"| {share:.0%} of the budget | {' | '.join(search_table.TASKS)} | mean |"
        yield "|---" * (len(search_table.TASKS) + 2) + "|"
        for method in METHODS:
            found = [
                [regret(method, _setting(every, task, share), seed) for seed in range(_SEEDS)]
                for task in search_table.TASKS
            ]
            cells = [f"{np.mean(each):.2f} ({max(each):.1f})" for each in found]
            yield f"| {method} | {' | '.join(cells)} | {np.mean(found):.2f} |"


def _setting(every: Sequence[Row], task: str, share: float) -> Setting:
    rows = [row for row in every if row.task == task]
    usual = float(np.mean([row.seconds[-1] for row in rows if row.seconds]))
    return Setting(rows, search_table.candidates(task), share * _FULL_RUNS * usual)


if __name__ == "__main__":
    print("\n".join(lines()))
