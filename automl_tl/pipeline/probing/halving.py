"""Which candidates go on to the next rung: the best, those that the data cannot tell apart, within a budget.

Successive halving: Jamieson and Talwalkar, Non-stochastic Best Arm Identification and Hyperparameter Optimization.
AISTATS 2016, algorithm 1. Here a rung also keeps whom its examples cannot tell from the places that count, by
paired differences, as racing does: Maron and Moore, Hoeffding Races. NIPS 1993.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Departure", "Standings", "narrow", "standings", "within"]

_ETA = 2
_CERTAINTY = 2.5
"""Standard errors of the paired difference from which a candidate is clearly behind."""


@dataclass(frozen=True)
class Departure:
    """Why a candidate left before it had seen all examples.

    Attributes
    ----------
    examples, total
        Training examples that it was tried on, and those there are.
    place, rivals
        Its place among all that were tried on these examples, from 1, and how many those were.
    merit
        Share of ``examples`` that simple classifiers without them get right, or what ``figure`` says.
    leader
        The candidate it is compared with: the last of the best places that count.
    difference, standard_error
        By how much it is behind the leader on the same examples; not positive for those that stand before it.
    reason
        ``behind``, ``budget`` (behind, but within the noise) or ``time``.
    seconds
        What it would have taken to see everything.
    figure
        What ``merit`` is a share of: ``right`` answers, of all examples or of every class alike, or ``explained``
        variance.
    """

    examples: int
    total: int
    place: int
    rivals: int
    merit: float
    leader: str
    difference: float
    standard_error: float
    reason: str
    seconds: float = 0.0
    figure: str = "right"

    def __str__(self) -> str:
        """Return the sentence that stands in the ranking."""
        parts = [f"left after {self.examples} of {self.total} examples: {self.merit:.3f} {self.figure}"]
        parts.append(f", place {self.place} of {self.rivals}")
        if self.difference > 0:
            parts.append(f", {self.difference:.3f} ± {self.standard_error:.3f} behind {self.leader}")
        if self.reason == "budget":
            parts.append("; those before it used up what probing may cost")
        if self.reason == "time":
            parts.append(f"; probing it in full takes about {self.seconds:.0f} seconds, which were not left")
        return "".join(parts)


@dataclass(frozen=True)
class Standings:
    """How M candidates compare on one rung.

    Attributes
    ----------
    models
        Ids, best first.
    merits
        Share of right answers, or of what ``figure`` says (M,).
    leader
        Place of the candidate that the others are compared with: the last of the best places that count.
    differences, errors
        Behind the leader by this much (M,), negative for those before it, and the standard error of what the
        difference on all examples would be.
    """

    models: tuple[str, ...]
    merits: NDArray[np.float64]
    leader: int
    differences: NDArray[np.float64]
    errors: NDArray[np.float64]
    figure: str = "right"

    def clearly_behind(self) -> NDArray[np.bool_]:
        """Return which candidates (M,) chance does not explain."""
        return self.differences > _CERTAINTY * self.errors

    def departure(self, model: str, examples: int, total: int, reason: str, seconds: float = 0.0) -> Departure:
        """Return why a candidate leaves here; ``seconds`` is what it would have taken to go on to the end."""
        place = self.models.index(model)
        return Departure(
            examples=examples,
            total=total,
            place=place + 1,
            rivals=len(self.models),
            merit=float(self.merits[place]),
            leader=self.models[self.leader],
            difference=float(self.differences[place]),
            standard_error=float(self.errors[place]),
            reason=reason,
            seconds=seconds,
            figure=self.figure,
        )


def standings(
    contributions: Mapping[str, NDArray[np.float64]],
    *,
    places: int,
    total: int,
    figure: str = "right",
    weights: NDArray[np.float64] | None = None,
) -> Standings:
    """Compare candidates on the same examples.

    Parameters
    ----------
    contributions
        For each candidate one figure per example (N,), larger is better.
    places
        How many of the best count: nobody leaves who may belong to them.
    total
        Examples there are in all, >= N. Only what the others may change is uncertain, so the squared error of a
        mean over N is the variance times ``1/N - 1/total``.
    weights
        Of the examples, float64 (N,) of mean 1; None for all alike.
    """
    table = np.stack(list(contributions.values()))
    weights = np.ones(table.shape[1]) if weights is None else weights
    table = table * weights
    means, n = table.mean(axis=1), table.shape[1]
    # Equal shares keep the order in which the candidates came.
    order = np.argsort(-means, kind="stable")
    table, means = table[order], means[order]
    leader = min(places, len(order)) - 1
    gaps = table[leader] - table
    # A pseudo-example each way: the same answers on a few examples do not make two candidates the same. Its weight
    # is the others' root mean square: a rare class of which few were seen makes the difference less certain.
    pseudo = np.square(weights).mean()
    spread = np.sqrt((np.square(gaps - gaps.mean(axis=1, keepdims=True)).sum(axis=1) + pseudo) / max(n - 1, 1))
    errors = spread * math.sqrt(max(1.0 / n - 1.0 / total, 0.0))
    names = tuple(contributions)
    return Standings(tuple(names[i] for i in order), means, leader, means[leader] - means, errors, figure)


def narrow(
    standing: Standings, costs: Mapping[str, float], *, budget: float, at_least: int
) -> tuple[tuple[str, ...], dict[str, str]]:
    """Return who goes on, best first, and why the others leave: ``behind`` or ``budget``.

    The better half goes on, and everybody who is not clearly behind, in the order of standing while their costs
    fit into the budget. The first ``at_least`` go on whatever they cost.

    Parameters
    ----------
    costs
        Of the next rung, by candidate.
    budget
        What the next rung may cost together.
    """
    floor = max(math.ceil(len(standing.models) / _ETA), at_least)
    behind = standing.clearly_behind()
    kept: list[str] = []
    left: dict[str, str] = {}
    spent = 0.0
    for place, model in enumerate(standing.models):
        if place >= floor and behind[place]:
            left[model] = "behind"
        elif place >= at_least and spent + costs[model] > budget:
            left[model] = "behind" if behind[place] else "budget"
        else:
            kept.append(model)
            spent += costs[model]
    return tuple(kept), left


def within(models: Sequence[str], seconds: Mapping[str, float], available: float) -> tuple[str, ...]:
    """Return the candidates, in this order, that can be finished in the available time one after another."""
    kept: list[str] = []
    spent = 0.0
    for model in models:
        if spent + seconds[model] <= available:
            kept.append(model)
            spent += seconds[model]
    return tuple(kept)
