"""How many shuffles the tests of means need: with too few, no gap is small enough a chance for a large report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import ceil

from automl_tl.fairness.answers import Answers
from automl_tl.fairness.compare import Examined, redrawn

__all__ = ["first_shuffles", "with_enough_shuffles"]

_LEAST, _MOST = 1999, 9999
_SPARE = 4
"""Times the shuffles with which the smallest p-value just passes: one that is a little larger shall pass, too."""
_NUMBERS = 50_000_000
"""Rows times shuffles that a test may take beyond its first ones: about a second."""
_ALWAYS = 25_000
"""Shuffles that a test may have whatever the rows, two and a half times what it has anyway."""


def first_shuffles(answers: Answers, attributes: int, alpha: float) -> int:
    """Return with how many shuffles every test of a mean begins, in [1999, 9999]: enough for most reports."""
    tests = attributes * (5 * len(answers.names) + 1 + len(answers.means))
    return int(min(max(20 * tests / alpha, _LEAST), _MOST))


def with_enough_shuffles(
    examined: Sequence[Examined], levels: Mapping[tuple[str, str], float], *, seed: int, first: int
) -> list[Examined]:
    """Return the attributes with more shuffles where the first ones cannot show what the error budget asks for.

    Parameters
    ----------
    levels
        By (attribute, rate): the p-value in (0, 1) that a violation needs at most.
    seed, first
        Those of the shuffles that were drawn so far.
    """
    found = []
    for entry in examined:
        tests = dict(entry.tests)
        for name in entry.means:
            test, count = tests[name], 0
            if test is not None:
                count = _needed(levels[entry.attribute, name], int(entry.sizes.sum()))
            if test is not None and count > first:
                tests[name] = redrawn(entry, name, seed=seed, shuffles=count)
        found.append(replace(entry, tests=tests))
    return found


def _needed(level: float, rows: int) -> int:
    """Return the shuffles that a test at this level needs, 0 where those that it may have are too few."""
    affordable = max(_NUMBERS // max(rows, 1), _ALWAYS)
    count = min(ceil(_SPARE / level), affordable)
    return count if 1 / (count + 1) <= level else 0
