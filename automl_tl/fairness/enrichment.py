"""What is more frequent inside a slice than outside: the words and column values that describe it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from automl_tl.fairness.permutation import gap_p_value

__all__ = ["enrichment"]

_MOST = 5
_MOST_VALUES = 200
_WORD = re.compile(r"[^\W\d_]{3,}")
_FEWEST = 5


def enrichment(
    members: NDArray[np.bool_], columns: Mapping[str, Sequence[str]], texts: Sequence[str] | None = None
) -> dict[str, float]:
    """Return ``column=value`` and words that are over-represented, with their odds ratios, the clearest first.

    Each must pass Fisher's exact test at 5 % after Bonferroni over all that were looked at; half a row is added to
    every cell of the odds ratio (Haldane 1956), so that it is finite.
    """
    flags = dict(_column_flags(columns)) | dict(_word_flags(texts))
    inside, rows = int(members.sum()), len(members)
    found = []
    for name, flag in flags.items():
        with_inside, with_all = int((flag & members).sum()), int(flag.sum())
        if with_inside * (rows - inside) <= (with_all - with_inside) * inside:
            continue
        p_value = gap_p_value(np.array([with_inside, with_all - with_inside]), np.array([inside, rows - inside]))
        if p_value * len(flags) <= 0.05:
            outside = with_all - with_inside
            odds = (with_inside + 0.5) * (rows - inside - outside + 0.5)
            odds /= (inside - with_inside + 0.5) * (outside + 0.5)
            found.append((p_value, name, odds))
    return {name: round(odds, 2) for _, name, odds in sorted(found)[:_MOST]}


def _column_flags(columns: Mapping[str, Sequence[str]]) -> list[tuple[str, NDArray[np.bool_]]]:
    flags = []
    for column, values in columns.items():
        array = np.array([str(value) for value in values])
        known, counts = np.unique(array, return_counts=True)
        usual = known[np.argsort(-counts, kind="stable")][:_MOST_VALUES]
        flags += [(f"{column}={value}", array == value) for value in usual.tolist() if value]
    return [(name, flag) for name, flag in flags if _FEWEST <= flag.sum() < len(flag)]


def _word_flags(texts: Sequence[str] | None) -> list[tuple[str, NDArray[np.bool_]]]:
    if texts is None:
        return []
    bags = [set(_WORD.findall(str(text).lower())) for text in texts]
    counts: dict[str, int] = {}
    for bag in bags:
        for word in bag:
            counts[word] = counts.get(word, 0) + 1
    usual = sorted(counts, key=lambda word: (-counts[word], word))[:_MOST_VALUES]
    flags = [(f"“{word}”", np.array([word in bag for bag in bags])) for word in usual]
    return [(name, flag) for name, flag in flags if _FEWEST <= flag.sum() < len(flag)]
