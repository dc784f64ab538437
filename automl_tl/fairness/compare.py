"""One attribute: every rate of every group against the rest, each with its exact test."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from automl_tl.data.groups import Groups
from automl_tl.fairness.answers import Answers
from automl_tl.fairness.base import Rate
from automl_tl.fairness.metrics import FEW, Counts, count_rates, harm_of_mean, mean_rates, rates_of
from automl_tl.fairness.permutation import gap_p_value, mean_gap_p_values, standard_gaps

__all__ = ["Examined", "GapTest", "examine", "redrawn"]

_TIE = 1e-9
_CLOSE = 10
"""So many shuffles with as large a gap or fewer: a p-value that more of them may make smaller."""


@dataclass(frozen=True)
class GapTest:
    """Is any group's rate off?

    ``p_value`` is that of the largest standardised gap to the rest, ``group`` its position; ``watched`` bool (G,)
    says which groups are large enough, ``each`` holds their own two-sided p-values (1 elsewhere). ``floor`` is the
    smallest p-value that random shuffles can have, 0 where the test is exact.
    """

    p_value: float
    group: int
    watched: NDArray[np.bool_]
    each: NDArray[np.float64]
    floor: float = 0.0


@dataclass(frozen=True)
class Examined:
    """An attribute with its counts, its printed rates, and a test of every rate that can be tested.

    ``harm`` is +1 where a high figure is the disadvantage, -1 where a low one is, and 0 for figures that are best
    at zero, such as a mean error.
    """

    attribute: str
    grouped: Groups
    counts: Counts
    means: Mapping[str, NDArray[np.float64]]
    rates: Mapping[str, tuple[Rate, ...]]
    tests: Mapping[str, GapTest | None]
    harm: Mapping[str, float]
    about_labels: frozenset[str]

    @property
    def sizes(self) -> NDArray[np.int64]:
        """Rows of each group, int64 (G,)."""
        known = self.grouped.codes[self.grouped.codes >= 0]
        return np.bincount(known, minlength=len(self.grouped.names))

    def cells(self, name: str) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return numerators and denominators of a share by group."""
        place = self.counts.names.index(name)
        return self.counts.numerators[place], self.counts.denominators[place]

    def denominators(self, name: str) -> NDArray[np.int64]:
        """Return the rows that a rate or mean rests on, by group."""
        return self.sizes if name in self.means else self.cells(name)[1]


def examine(
    attribute: str, answers: Answers, grouped: Groups, *, seed: int = 0, shuffles: int = 1999, alpha: float = 0.05
) -> Examined:
    """Count, bound and test all rates of one attribute; p-values are not yet corrected.

    Parameters
    ----------
    grouped
        Groups of the N rows of ``answers``.
    shuffles
        Random shuffles for means; shares need none.
    """
    n_groups, codes = len(grouped.names), grouped.codes
    counts = count_rates(answers, codes, n_groups)
    rates = {name: tuple(row) for name, row in zip(counts.names, rates_of(counts, alpha=alpha), strict=True)}
    tests: dict[str, GapTest | None] = {
        name: _share_test(counts.numerators[place], counts.denominators[place], float(counts.harm[place]))
        for place, name in enumerate(counts.names)
    }
    harm = dict(zip(counts.names, counts.harm.tolist(), strict=True))
    for name, values in answers.means.items():
        rates[name] = tuple(mean_rates(values, codes, n_groups, alpha=alpha))
        harm[name] = harm_of_mean(name, named=answers.named)
        tests[name] = _mean_test(values, codes, n_groups, harm[name], seed, shuffles)
    about = frozenset(name for name, flag in zip(counts.names, counts.about_labels, strict=True) if flag)
    return Examined(attribute, grouped, counts, dict(answers.means), rates, tests, harm, about)


def redrawn(entry: Examined, name: str, *, seed: int, shuffles: int) -> GapTest:
    """Return the test of a mean with p-values of more shuffles where ten or fewer of the first reached the gap.

    The others stay as they are, which saves most of the time. All remain valid: one below what eleven of the first
    shuffles make is that of all shuffles, and one above it is below no t more often than that of the first ones.

    Raises
    ------
    KeyError
        If ``name`` is no mean that was tested.
    """
    test = entry.tests[name]
    if test is None:
        raise KeyError(name)
    close = test.floor * (_CLOSE + 1.5)
    if min(test.p_value, float(test.each.min())) > close:
        return replace(test, floor=1 / (shuffles + 1))
    codes, values = entry.grouped.codes, entry.means[name]
    more = _mean_test(values, codes, len(entry.grouped.names), entry.harm[name], seed, shuffles)
    assert more is not None
    return replace(
        more,
        p_value=more.p_value if test.p_value <= close else test.p_value,
        each=np.where(test.each <= close, more.each, test.each),
    )


def _watched(sizes: NDArray[np.int64]) -> NDArray[np.bool_]:
    return (sizes >= FEW) & (sizes.sum() - sizes >= FEW)


def _share_test(hits: NDArray[np.int64], sizes: NDArray[np.int64], harm: float) -> GapTest | None:
    watched = _watched(sizes)
    if not watched.any():
        return None
    present = sizes > 0
    signed = standard_gaps(hits, sizes)
    # Of two groups both are as far off: the one at a disadvantage is named.
    gaps = np.where(watched, np.abs(signed) + _TIE * (signed * harm > 0), -1.0)
    p_value = gap_p_value(hits[present], sizes[present], watched[present])
    each = np.ones(len(sizes))
    total, rows = int(hits.sum()), int(sizes.sum())
    for group in np.flatnonzero(watched):
        two = np.array([[hits[group], total - hits[group]], [sizes[group], rows - sizes[group]]])
        each[group] = gap_p_value(two[0], two[1])
    return GapTest(p_value, int(gaps.argmax()), watched, each)


def _mean_test(
    values: NDArray[np.float64], codes: NDArray[np.int64], n_groups: int, harm: float, seed: int, shuffles: int
) -> GapTest | None:
    known = codes >= 0
    values, codes = values[known], codes[known]
    sizes = np.bincount(codes, minlength=n_groups)
    watched = _watched(sizes)
    if not watched.any():
        return None
    p_value, each = mean_gap_p_values(values, codes, n_groups, watched=watched, seed=seed, shuffles=shuffles)
    centred = np.bincount(codes, weights=values - values.mean(), minlength=n_groups)
    scale = np.sqrt(np.maximum(sizes * (len(values) - sizes), 1))
    # Of two groups both are as far off: the one at a disadvantage is named.
    means = np.abs(np.bincount(codes, weights=values, minlength=n_groups)) / np.maximum(sizes, 1)
    disadvantage = centred * harm > 0 if harm else means == means[watched].max()
    gaps = np.where(watched, np.abs(centred) / scale * (1 + _TIE * disadvantage), -1.0)
    own = np.where(watched, each, 1.0)
    return GapTest(p_value, int(gaps.argmax()), watched, own, floor=1 / (shuffles + 1))
