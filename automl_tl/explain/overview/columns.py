"""What metadata columns tell about the model's answers: a column that foretells them may stand for a short cut.

The value of a set of columns is the out-of-sample R2 of a ridge regression of all answers on them; Shapley values
share it out (Owen & Prieur, "On Shapley value for measuring importance of dependent inputs", SIAM/ASA JUQ 2017).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from automl_tl.explain.overview.base import ColumnInfluence
from automl_tl.explain.samplers.exact import shapley_of_table

__all__ = ["FEWEST_ROWS", "column_influences"]

_MOST_COLUMNS = 5
_MOST_CATEGORIES = 20
_MOST_CODES = 5
"""Numbers of so few different values are taken as codes."""
FEWEST_ROWS = 30
_FOLDS = 5
_GROUPS = 10
_SHUFFLES = 20
_RIDGE = 1.0
_T_95 = 2.262
"""Student's t with nine degrees of freedom."""


def column_influences(
    columns: Mapping[str, Sequence[str]], answers: NDArray[np.floating], *, seed: int = 0
) -> tuple[tuple[ColumnInfluence, ...], float]:
    """Return the influence of each usable column, largest first, and the R2 of all together.

    Parameters
    ----------
    columns
        Name -> N values, "" where unknown. Columns of one value, and of more than 20 values that are no numbers,
        are left out; of more than five columns those that foretell most by themselves stay.
    answers
        float (N, C): probabilities or numbers.
    """
    rows = len(answers)
    designs = {name: design for name, values in columns.items() if (design := _design(values)) is not None}
    exact = np.asarray(answers, dtype=np.float64)
    if rows < FEWEST_ROWS or not designs or not np.ptp(exact, axis=0).any():
        return (), float("nan")
    folds = np.random.default_rng(seed).permutation(rows) % _FOLDS
    alone = {name: _r2(design, exact, folds) for name, design in designs.items()}
    chosen = sorted(alone, key=lambda name: (-alone[name], name))[:_MOST_COLUMNS]
    parts = [designs[name] for name in chosen]
    shares = _shares(parts, exact, folds)
    errors = _jackknife(parts, exact, folds, seed)
    chances = [_chance(parts, place, exact, folds, seed) for place in range(len(parts))]
    found = [
        ColumnInfluence(name, float(share), float(share - error), float(share + error), chance, rows)
        for name, share, error, chance in zip(chosen, shares, errors, chances, strict=True)
    ]
    return tuple(sorted(found, key=lambda entry: -entry.share)), float(sum(shares))


def _design(values: Sequence[str]) -> NDArray[np.float64] | None:
    """Return a column as numbers (N, D): standardised where it is one, else one of them per category."""
    numbers = _numbers(values)
    if numbers is not None:
        known = numbers[~np.isnan(numbers)]
        if len(known) < 2 or np.ptp(known) == 0:
            return None
        filled = np.where(np.isnan(numbers), known.mean(), numbers)
        return ((filled - filled.mean()) / filled.std())[:, None]
    categories = sorted(set(values))
    if not 1 < len(categories) <= _MOST_CATEGORIES:
        return None
    return np.array([[float(value == category) for category in categories] for value in values])


def _numbers(values: Sequence[str]) -> NDArray[np.float64] | None:
    """Return the values as numbers, NaN where empty; None if one is no number, or if they look like codes."""
    try:
        numbers = np.array([float(value) if value else np.nan for value in values])
    except ValueError:
        return None
    if not np.isfinite(numbers[~np.isnan(numbers)]).all():
        return None
    return numbers if len(set(values)) > _MOST_CODES else None


def _r2(design: NDArray[np.float64], answers: NDArray[np.float64], folds: NDArray[np.int64]) -> float:
    """Return the share of the answers' variance that is foretold for rows that were left out."""
    total = missed = 0.0
    for fold in range(_FOLDS):
        left_out = folds == fold
        if left_out.all() or not left_out.any():
            continue
        known, centre = design[~left_out], design[~left_out].mean(axis=0)
        mean = answers[~left_out].mean(axis=0)
        gram = (known - centre).T @ (known - centre) + _RIDGE * np.eye(design.shape[1])
        weight = np.linalg.solve(gram, (known - centre).T @ (answers[~left_out] - mean))
        missed += float(((answers[left_out] - mean - (design[left_out] - centre) @ weight) ** 2).sum())
        total += float(((answers[left_out] - mean) ** 2).sum())
    return 1 - missed / total if total > 0 else 0.0


def _shares(
    parts: Sequence[NDArray[np.float64]], answers: NDArray[np.float64], folds: NDArray[np.int64]
) -> NDArray[np.float64]:
    n_columns = len(parts)
    table = np.zeros((2**n_columns, 1))
    for number in range(1, 2**n_columns):
        chosen = [parts[place] for place in range(n_columns) if number >> place & 1]
        table[number] = _r2(np.concatenate(chosen, axis=1), answers, folds)
    return shapley_of_table(table, n_columns)[:, 0]


def _jackknife(
    parts: Sequence[NDArray[np.float64]], answers: NDArray[np.float64], folds: NDArray[np.int64], seed: int
) -> NDArray[np.float64]:
    """Return half the width of each share's interval, from leaving out a tenth of the rows at a time."""
    groups = np.random.default_rng(seed + 1).permutation(len(answers)) % _GROUPS
    without = []
    for group in range(_GROUPS):
        kept = groups != group
        without.append(_shares([part[kept] for part in parts], answers[kept], folds[kept]))
    spread = np.array(without)
    variance = (_GROUPS - 1) / _GROUPS * ((spread - spread.mean(axis=0)) ** 2).sum(axis=0)
    return _T_95 * np.sqrt(variance)


def _chance(
    parts: Sequence[NDArray[np.float64]],
    place: int,
    answers: NDArray[np.float64],
    folds: NDArray[np.int64],
    seed: int,
) -> float:
    """Return the share that a column reaches in 19 of 20 shuffles, by itself: an upper bound of what it adds."""
    generator = np.random.default_rng(seed + 2 + place)
    shuffled = [_r2(parts[place][generator.permutation(len(answers))], answers, folds) for _ in range(_SHUFFLES)]
    return float(np.quantile(shuffled, 0.95))
