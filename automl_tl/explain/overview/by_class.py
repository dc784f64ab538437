"""Mean maps and words of each class, with intervals over samples that allow for how many were looked at.

Of hundreds of words the ones that stand out would be chance if each had an interval of its own. Intervals are
therefore those of Benjamini & Yekutieli, "False Discovery Rate-Adjusted Multiple Confidence Intervals for
Selected Parameters", JASA 2005: with R of m means found by Benjamini and Hochberg's rule at 5 %, their level is
1 - 0.05 R / m. An interval then excludes zero exactly where the rule finds a mean, and 5 % of what is found is
expected to be chance.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from automl_tl.explain.base import Explanation
from automl_tl.explain.overview.base import ClassMap, ClassWords, WordEffect

__all__ = ["FEWEST", "adjusted_level", "class_maps", "class_words", "mean_interval"]

FEWEST = 3
"""An average over fewer examples would show a single one too clearly, and its interval would say nothing."""

_MOST_WORDS = 15
_FALSE_SHARE = 0.05


def class_maps(entries: Sequence[Explanation]) -> tuple[ClassMap, ...]:
    """Return the mean map of each predicted class that has at least three pictures of one grid."""
    found = []
    for name, group in _by_class(entry for entry in entries if entry.grid is not None and len(entry.values)):
        for grid in sorted({entry.grid for entry in group if entry.grid is not None}):
            values = np.stack([entry.values[:, 0] for entry in group if entry.grid == grid])
            if len(values) >= FEWEST:
                level = adjusted_level([chance_of(column) for column in values.T])
                mean, low, high = mean_interval(values, level)
                found.append(ClassMap(name, len(values), grid, mean, low, high))
    return tuple(found)


def class_words(entries: Sequence[Explanation], *, fewest: int = FEWEST) -> tuple[ClassWords, ...]:
    """Return the words with the largest mean contributions of each predicted class.

    A word counts once per text, with the sum of its occurrences; words in fewer than ``fewest`` texts, and
    sentences of long texts, are left out. Capitals make no difference.
    """
    found = []
    for name, group in _by_class(entry for entry in entries if entry.modality == "text"):
        shared = _shared_words(group, fewest)
        if shared:
            found.append(ClassWords(name, len(group), _effects(shared), len(shared)))
    return tuple(found)


def mean_interval(
    values: NDArray[np.float64], level: float = _FALSE_SHARE
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return the mean over the first axis and its 1 - ``level`` interval by Student's t."""
    from scipy.stats import t

    count = len(values)
    mean = values.mean(axis=0)
    half = t.ppf(1 - level / 2, count - 1) * values.std(axis=0, ddof=1) / np.sqrt(count)
    return mean, mean - half, mean + half


def chance_of(values: NDArray[np.float64]) -> float:
    """Return the two-sided p of Student's test that the mean of (n,) is zero."""
    from scipy.stats import t

    error = values.std(ddof=1) / np.sqrt(len(values))
    if error == 0:
        return float(values.mean() == 0)
    return float(2 * t.sf(abs(values.mean()) / error, len(values) - 1))


def adjusted_level(chances: Sequence[float], most: int = 0) -> float:
    """Return 0.05 R / m for m p-values of which Benjamini and Hochberg's rule finds R, counted as at least 1.

    With ``most``, no more than so many are shown, and R counts as no more.
    """
    ordered = np.sort(np.asarray(chances, dtype=np.float64))
    limits = _FALSE_SHARE * np.arange(1, len(ordered) + 1) / len(ordered)
    below = np.flatnonzero(ordered <= limits)
    found = int(below[-1]) + 1 if len(below) else 1
    return _FALSE_SHARE * (min(found, most) if most else found) / len(ordered)


def _by_class(entries: object) -> list[tuple[str, list[Explanation]]]:
    groups: dict[str, list[Explanation]] = defaultdict(list)
    for entry in entries:  # type: ignore[attr-defined]
        groups[entry.names[0]].append(entry)
    return sorted(groups.items())


def _shared_words(entries: Sequence[Explanation], fewest: int) -> dict[str, NDArray[np.float64]]:
    """Return each word's contribution in every text that has it, of words in at least ``fewest`` texts."""
    sums: dict[str, list[float]] = defaultdict(list)
    for entry in entries:
        mine: dict[str, float] = defaultdict(float)
        for word, value in zip(entry.feature_names, entry.values[:, 0], strict=True):
            if _is_word(word):
                mine[word.lower()] += float(value)
        for word, value in mine.items():
            sums[word].append(value)
    return {word: np.array(values) for word, values in sums.items() if len(values) >= fewest}


def _effects(shared: dict[str, NDArray[np.float64]]) -> tuple[WordEffect, ...]:
    level = adjusted_level([chance_of(values) for values in shared.values()], _MOST_WORDS)
    effects = []
    for word, values in shared.items():
        mean, low, high = mean_interval(values[:, None], level)
        effects.append(WordEffect(word, len(values), float(mean[0]), float(low[0]), float(high[0])))
    effects.sort(key=lambda effect: (not (effect.low > 0 or effect.high < 0), -abs(effect.mean), effect.word))
    return tuple(effects[:_MOST_WORDS])


def _is_word(name: str) -> bool:
    return bool(name) and not any(letter.isspace() for letter in name) and any(letter.isalnum() for letter in name)
