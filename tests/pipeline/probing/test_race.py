"""The race on made-up embeddings: whom it finishes, what it costs, and how it behaves when time runs out."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest

from automl_tl.pipeline.probing.race import Course, race
from automl_tl.pipeline.probing.request import ProbeOutcome
from automl_tl.probe.embeddings import Embeddings
from automl_tl.search.budget import Deadline


class Clock:
    """Time that passes only while a candidate is embedded with."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Field:
    """Candidates whose classes are blurred by their own amount of noise; remembers what was asked."""

    def __init__(
        self,
        noise: Sequence[float],
        *,
        n: int,
        cost: Sequence[float] | None = None,
        work: Sequence[float] | None = None,
    ) -> None:
        rng = np.random.default_rng(0)
        self.labels = np.arange(n) % 4
        centres = rng.normal(size=(4, 6))
        self.names = [f"local:m{i:03d}" for i in range(len(noise))]
        self.features = {
            name: (centres[self.labels] + level * rng.normal(size=(n, 6))).astype(np.float32)
            for name, level in zip(self.names, noise, strict=True)
        }
        self.cost = dict(zip(self.names, cost or [1.0] * len(noise), strict=True))
        self.work = dict(zip(self.names, work or [1e12] * len(noise), strict=True))
        self.broken: set[str] = set()
        self.clock = Clock()
        self.asked: list[tuple[str, int, bool]] = []
        self._known: dict[str, int] = {}

    def course(self, *, validation: int = 0, **options) -> Course:
        rows = np.arange(len(self.labels))
        return Course(rows[: len(rows) - validation], rows, self.labels, self.work, **options)

    def all_the_same(self) -> None:
        """Let nobody be told apart."""
        self.features = dict.fromkeys(self.names, self.features[self.names[0]])

    def __call__(self, models, rows, *, deadline, last, expected):
        for model in models:
            seconds = self.cost[model] * (len(rows) - self._known.get(model, 0))
            if deadline.at is not None and self.clock() + seconds > deadline.at:
                self.clock.now = max(self.clock.now, deadline.at)
                return
            self.clock.now += seconds
            self.asked.append((model, len(rows), last))
            self._known[model] = len(rows)
            if model in self.broken:
                yield ProbeOutcome(model, error="it is broken")
                continue
            chosen = np.sort(rows)
            found = Embeddings(model, chosen, self.features[model][chosen], None, seconds, "digest")
            yield ProbeOutcome(model, found, revision="r1")

    def run(self, *, seconds: float | None = None, **course: int):
        return race(self.names, self.course(**course), self, deadline=Deadline.after(seconds, clock=self.clock))


def test_few_candidates_are_all_probed_on_everything_in_their_order():
    """No rung is worth it."""
    field = Field([3.0, 1.0, 2.0], n=400)
    result = field.run()
    assert field.asked == [(name, 400, True) for name in field.names]
    assert list(result.finalists) == field.names
    assert not result.departures
    assert not result.failures


def test_a_crowd_costs_a_fraction_and_the_best_three_are_finished():
    """Sixty candidates of which a few are good; nobody is asked for fewer rows than before."""
    noise = [6.0] * 57
    for place, level in ((13, 0.8), (31, 0.9), (50, 1.0)):
        noise.insert(place, level)
    field = Field(noise, n=1200)
    result = field.run(validation=200)
    assert {field.names[place] for place in (13, 31, 50)} <= set(result.finalists)
    assert result.seconds <= 0.25 * 60 * 1200
    assert result.seconds == pytest.approx(sum(field.cost[m] * field._known[m] for m in field.names))
    assert set(result.finalists) | set(result.departures) == set(field.names)
    for outcome in result.finalists.values():
        assert len(outcome.embeddings.rows) == 1200
        assert outcome.embeddings.seconds == pytest.approx(1200.0)


def test_candidates_that_nobody_can_tell_apart_stay_within_the_budget():
    """Every candidate is the same: ties are kept only while the cost allows it."""
    field = Field([2.0] * 80, n=1600)
    field.all_the_same()
    result = field.run()
    assert 3 <= len(result.finalists) < 40
    assert result.seconds <= 0.25 * 80 * 1600
    assert {departure.reason for departure in result.departures.values()} == {"budget"}


def test_where_everything_is_cheap_nobody_is_lost_to_the_budget():
    """Work that nobody notices is not worth a mistake; with a deadline it is the seconds that count."""
    little, quick = Field([2.0] * 80, n=1600, work=[1e5] * 80), Field([2.0] * 80, n=1600, cost=[1e-5] * 80)
    for field, seconds in ((little, None), (quick, 1e6)):
        field.all_the_same()
        assert len(field.run(seconds=seconds).finalists) == 80


def test_those_that_got_furthest_and_did_best_stand_first_among_those_that_left():
    """As a reader would expect it of a ranking."""
    field = Field(list(np.linspace(0.5, 8.0, 40)), n=1200)
    left = list(field.run().departures.values())
    assert [each.examples for each in left] == sorted((each.examples for each in left), reverse=True)
    for before, after in pairwise(left):
        assert before.examples > after.examples or before.merit >= after.merit


def test_the_same_seed_gives_the_same_finalists_whatever_the_clock_says():
    """Without a deadline: on another machine, with the first half read from a cache, or in no time."""
    races = []
    for cost in ([1.0] * 40, [0.0] * 20 + [3.0] * 20, [1e-9] * 40):
        field = Field(list(np.linspace(2.0, 3.0, 40)), n=800, cost=cost)
        field.all_the_same()
        races.append(field.run())
    first, *others = races
    assert 3 <= len(first.finalists) < 40
    for other in others:
        assert list(first.finalists) == list(other.finalists)
        assert {model: (each.examples, each.reason) for model, each in first.departures.items()} == {
            model: (each.examples, each.reason) for model, each in other.departures.items()
        }


def test_where_every_class_counts_alike_who_knows_only_the_frequent_ones_is_no_finalist():
    """Nine know two classes of 40 % and no rare one; three know the rare ones and confuse a frequent quarter."""
    field = Field([1.0] * 12, n=2000)
    rng, (coarse, fine) = np.random.default_rng(1), (field.names[:9], field.names[9:])
    field.labels = rng.permutation(np.repeat(np.arange(6), (800, 800, 100, 100, 100, 100)))
    for name in field.names:
        confused = (field.labels < 2) & (rng.random(2000) < 0.25)
        seen = np.where(confused, 1 - field.labels, field.labels) if name in fine else np.minimum(field.labels, 2)
        field.features[name] = (np.eye(6)[seen] + 0.1 * rng.normal(size=(2000, 6))).astype(np.float32)
    assert set(field.run(balanced=True).finalists) == set(fine)
    assert set(field.run().finalists) <= set(coarse)


def test_who_left_is_told_how_its_answers_were_counted():
    """A share of right answers where classes count alike is another one."""
    field = Field([0.5] * 3 + [8.0] * 37, n=800)
    for balanced, figure in ((False, " right,"), (True, " right, classes alike,")):
        departures = field.run(balanced=balanced).departures.values()
        assert all(figure in str(each) for each in departures)


def test_in_a_hurry_a_large_model_gets_a_rung_instead_of_being_dropped_unseen():
    """The small ones are poor, the large one is good: it is finished, and some of the small ones are not."""
    field = Field([8.0] * 5 + [0.5], n=640, cost=[0.1] * 5 + [1.0])
    result = field.run(seconds=64 + 64 + 0.5 * 64 + 640 + 30)
    assert field.names[-1] in result.finalists
    assert field.names[0] in result.finalists
    assert {each.reason for each in result.departures.values()} == {"time"}
    assert field.clock.now <= 1000 + 64 + 64 + 0.5 * 64 + 640 + 30


def test_in_a_hurry_with_time_enough_all_are_finished():
    """As if there were no deadline."""
    field = Field([2.0] * 6, n=400)
    result = field.run(seconds=6 * 400 * 1.5)
    assert list(result.finalists) == field.names
    assert not result.departures


def test_when_time_is_up_already_the_first_that_works_is_finished_and_no_other():
    """Without one there is no model; the others say why."""
    field = Field([2.0] * 4, n=400)
    field.broken = {field.names[0]}
    result = field.run(seconds=0.0)
    assert list(result.finalists) == [field.names[1]]
    assert result.failures[field.names[0]] == "it is broken"
    assert "time" in result.failures[field.names[2]]


def test_when_every_finalist_fails_at_the_last_rung_one_that_left_comes_back():
    """A ranking of one is better than none."""
    field = Field([0.5] * 3 + [4.0] * 37, n=1200)
    asked_of = field.__call__

    def fails_at_the_end(models, rows, *, deadline, last, expected):
        if last and len(models) > 1:
            field.broken |= set(models)
        yield from asked_of(models, rows, deadline=deadline, last=last, expected=expected)

    result = race(field.names, field.course(), fails_at_the_end, deadline=Deadline(None))
    assert len(result.finalists) == 1
    assert set(result.failures) == field.broken
    assert not set(result.finalists) & set(result.departures)


def test_a_large_data_set_is_worth_rungs_for_a_few_candidates_too():
    """Nine candidates on many rows: the poor ones leave early."""
    field = Field([0.5, 0.6, 0.7, *[8.0] * 6], n=6000)
    result = field.run()
    assert set(result.finalists) == set(field.names[:3])
    assert result.seconds < 0.5 * 9 * 6000
