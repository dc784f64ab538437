"""The race of the candidates: all on a few examples, the promising on more, the finalists on everything.

Few candidates are all probed on everything. Many run successive halving over nested beginnings of the training
part, so that most leave after a few examples. Under a wall budget everybody gets a first rung before anybody but
the smallest is finished: so a large model is judged by what it can do and not left out unseen. Without one nothing
is decided by seconds, which differ from run to run: the same seed gives the same finalists.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from automl_tl.data.tasks.forms import task_of
from automl_tl.finetune.imbalance import even_weights
from automl_tl.pipeline.probing.contestant import Contestant
from automl_tl.pipeline.probing.halving import Departure, Standings, narrow, standings, within
from automl_tl.pipeline.probing.merit import merit
from automl_tl.pipeline.probing.request import ProbeOutcome
from automl_tl.pipeline.probing.rungs import nested_order, rung_sizes
from automl_tl.search.budget import Deadline

__all__ = ["Course", "Probe", "RaceResult", "race"]

_FEW = 10
"""Up to this many candidates are all probed on everything, if the data is not large."""
_LARGE = 5000
_COST_SHARE = 0.24
"""What halving may cost, as a share of probing all candidates on all examples."""
_NOT_WORTH_SAVING = 5.0
"""Seconds that halving may cost in any case: small jobs lose nobody to the budget."""
_OPERATIONS_PER_SECOND = 2e10
"""Of one slow core; what five seconds are where operations are counted and not seconds."""
_KEPT_FOR_LATER = 0.4
"""Share of the time left that a rung leaves to those behind it."""


@dataclass(frozen=True)
class Course:
    """What the candidates have to run.

    Attributes
    ----------
    train
        Rows on which they are compared, int64 (N,).
    every
        Rows that the finalists are embedded on, training and validation, ascending.
    labels
        Labels of all rows of the dataset.
    work
        Operations that one row is foretold to take, by candidate: what halving may cost is reckoned in them where
        no time is set.
    strata
        One stratum per row, int64, of which every rung holds its share; None where labels are class ids.
    places
        How many of the best count.
    balanced
        Whether the job's metric counts every class alike; right answers then weigh by the rarity of their class.
    """

    train: NDArray[np.int64]
    every: NDArray[np.int64]
    labels: NDArray[Any]
    work: Mapping[str, float]
    places: int = 3
    seed: int = 0
    strata: NDArray[np.int64] | None = None
    balanced: bool = False


class Probe(Protocol):
    """Embeds some rows with some candidates."""

    def __call__(
        self, models: Sequence[str], rows: NDArray[np.int64], *, deadline: Deadline, last: bool, expected: float
    ) -> Iterable[ProbeOutcome]:
        """Yield what each model gave, nothing for those that the deadline cut off.

        ``last`` says that these models will be ranked, ``expected`` foretells the seconds of the work.
        """


@dataclass(frozen=True)
class RaceResult:
    """How the race ended; the models in each part in the order of the candidates, departures best first.

    Attributes
    ----------
    finalists
        What the models gave that saw everything.
    departures
        Why others left early.
    failures
        Why others have no standing at all.
    measured
        The last outcome of every model that was loaded, without embeddings for those that are no finalists.
    seconds
        Of embedding, all candidates and rungs together.
    """

    finalists: dict[str, ProbeOutcome]
    departures: dict[str, Departure]
    failures: dict[str, str]
    measured: dict[str, ProbeOutcome]
    seconds: float


def race(candidates: Sequence[str], course: Course, probe: Probe, *, deadline: Deadline) -> RaceResult:
    """Run the race.

    Parameters
    ----------
    candidates
        Ids, smallest model first.
    probe
        Embeds; gives all rows that it is asked for, and computes those that it has not given before.
    deadline
        When probing has to be done; the first candidate that works is finished whatever the time.

    Raises
    ------
    Cancelled
        If ``probe`` does.
    """
    contest = _Contest(candidates, course, probe, deadline)
    contest.run()
    return contest.result()


class _Contest:
    def __init__(self, candidates: Sequence[str], course: Course, probe: Probe, deadline: Deadline) -> None:
        self._hurried = deadline.at is not None
        self._field = {
            model: Contestant(model, work_per_row=None if self._hurried else course.work[model])
            for model in candidates
        }
        self._course, self._probe, self._deadline = course, probe, deadline
        self._strata = course.labels if course.strata is None else course.strata
        self._order = nested_order(course.train, self._strata, seed=course.seed)
        self._crowded = _is_crowded(len(candidates), len(self._order), course.places)
        self._exhaustive = 0.0
        self._speed = 1.0

    def run(self) -> None:
        """Go through all rungs."""
        everything = len(self._course.every)
        if self._hurried:
            self._finish_one(list(self._field))
        sizes = self._sizes()
        going = self._running()
        for number, size in enumerate(sizes):
            following = sizes[number + 1] if number + 1 < len(sizes) else everything
            going = self._rung(going, size, following, rungs_left=len(sizes) - number)
        self._embed(going, self._course.every, self._deadline, last=True)
        if not any(each.finished for each in self._field.values()):
            self._finish_one([each.model for each in self._left()])

    def result(self) -> RaceResult:
        """Return how it ended."""
        field = self._field.values()
        answers = {each.model: each.outcome for each in field if each.outcome is not None}
        return RaceResult(
            finalists={each.model: answers[each.model] for each in field if each.finished},
            departures={each.model: each.departure for each in self._left() if each.departure is not None},
            failures={each.model: each.failure for each in field if each.failure},
            measured=answers,
            seconds=sum(each.seconds for each in field),
        )

    def _sizes(self) -> tuple[int, ...]:
        """Return the rungs below the last: all for a crowd; in a hurry one, to tell who comes first."""
        sizes = rung_sizes(len(self._order), len(np.unique(self._strata[self._order])))
        return sizes if self._crowded else sizes[:1] if self._hurried else ()

    def _running(self) -> list[str]:
        return [model for model, each in self._field.items() if each.running]

    def _left(self) -> list[Contestant]:
        """Return those that left, the ones that got furthest and did best first."""
        left = [each for each in self._field.values() if each.departure is not None]
        return sorted(left, key=lambda each: (-each.compared, each.place))

    def _finish_one(self, models: Sequence[str]) -> None:
        """Finish the first of these that works, whatever the time: without one there is no model."""
        for model in models:
            self._field[model].come_back()
            self._embed([model], self._course.every, Deadline(None), last=True)
            if self._field[model].finished:
                return

    def _rung(self, going: Sequence[str], size: int, following: int, *, rungs_left: int) -> list[str]:
        """Embed and compare; return who goes on, best first."""
        rows = self._order[:size]
        later = _KEPT_FOR_LATER * max(self._deadline.remaining(), 0.0) if self._hurried else 0.0
        self._embed(going, rows, self._deadline.earlier(later), last=False)
        alive = [model for model in going if self._field[model].running]
        if not alive:
            return []
        found = self._compared(alive, rows)
        kept, left = found.models, dict[str, str]()
        if self._crowded:
            costs = {model: self._field[model].cost_of(following) for model in alive}
            kept, left = narrow(found, costs, budget=self._budget(rungs_left), at_least=self._course.places)
        if self._hurried:
            seconds = {model: self._field[model].time_of(following) for model in kept}
            in_time = within(kept, seconds, self._speed * self._deadline.remaining())
            left |= {model: "time" for model in kept if model not in in_time}
        for model, reason in left.items():
            if not self._field[model].finished:
                self._leave(model, reason)
        return [model for model in found.models if self._field[model].running]

    def _compared(self, alive: Sequence[str], rows: NDArray[np.int64]) -> Standings:
        labels = self._course.labels[rows]
        shown = {model: merit(self._field[model].features(rows), labels) for model in alive}
        classes = task_of(labels) == "classification"
        balanced = self._course.balanced and classes
        found = standings(
            shown,
            places=self._course.places,
            total=len(self._order),
            figure="right, classes alike" if balanced else "right" if classes else "explained",
            weights=even_weights(labels) if balanced else None,
        )
        for model in alive:
            self._field[model].compare(found, len(rows))
        return found

    def _budget(self, rungs_left: int) -> float:
        """Return what the next rung may cost: an equal part of what halving may still cost."""
        field = self._field.values()
        if not self._exhaustive:
            self._exhaustive = sum(
                each.spent + each.cost_of(len(self._course.every)) for each in field if each.examples
            )
        unnoticed = _NOT_WORTH_SAVING * (1.0 if self._hurried else _OPERATIONS_PER_SECOND)
        allowed = max(_COST_SHARE * self._exhaustive, unnoticed)
        return (allowed - sum(each.spent for each in field)) / rungs_left

    def _embed(self, models: Sequence[str], rows: NDArray[np.int64], deadline: Deadline, *, last: bool) -> None:
        """Let the candidates see these rows; who gives no answer in time leaves."""
        waiting = [model for model in models if not self._field[model].finished]
        if len(waiting) > 1 and all(not self._field[model].examples for model in waiting):
            # The first alone tells how much work the others are, at the least.
            self._embed(waiting[:1], rows, deadline, last=last)
            waiting = waiting[1:]
            price = max((each.time_of(len(rows) + each.examples) for each in self._field.values()), default=0.0)
            expected = price * len(waiting)
        else:
            expected = sum(self._field[model].time_of(len(rows)) for model in waiting)
        silent, began, worked = set(waiting), time.perf_counter(), 0.0
        for outcome in self._probe(waiting, rows, deadline=deadline, last=last, expected=expected):
            self._field[outcome.model].take(outcome, examples=len(rows), last=last)
            worked += outcome.load_seconds + (
                outcome.embeddings.seconds if outcome.embeddings is not None else 0.0
            )
            silent.remove(outcome.model)
        if worked:
            self._speed = worked / max(time.perf_counter() - began, 1e-9)
        for model in silent:
            self._leave(model, "time")

    def _leave(self, model: str, reason: str) -> None:
        self._field[model].leave(reason, total=len(self._order), everything=len(self._course.every))


def _is_crowded(candidates: int, examples: int, places: int) -> bool:
    return candidates > max(_FEW, places) or (candidates > places and examples > _LARGE)
