"""Rates by group, counted for all groups and classes at once; 0 / 0 is never a silent 0."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from automl_tl.fairness.answers import Answers
from automl_tl.fairness.base import Rate
from automl_tl.fairness.bounds import normal_quantile, wilson_bounds

__all__ = [
    "ACCURACY",
    "FEW",
    "Counts",
    "base_rate_name",
    "count_rates",
    "false_positive_rate_name",
    "gap_of",
    "harm_of_mean",
    "headline_rates",
    "mean_rates",
    "precision_name",
    "rates_of",
    "selection_rate_name",
    "student_quantile",
    "true_positive_rate_name",
]

ACCURACY = "accuracy"
MEAN_ERROR = "mean_error"
FEW = 10
"""Rates on fewer rows are not printed and groups with fewer are not tested."""

Ints = NDArray[np.int64]


def selection_rate_name(class_name: str) -> str:
    """Return the column name of the share of rows that are predicted as this class."""
    return f"selection_rate[{class_name}]"


def true_positive_rate_name(class_name: str) -> str:
    """Return the column name of the share of this class's rows that are predicted as it."""
    return f"true_positive_rate[{class_name}]"


def false_positive_rate_name(class_name: str) -> str:
    """Return the column name of the share of other rows that are predicted as this class."""
    return f"false_positive_rate[{class_name}]"


def precision_name(class_name: str) -> str:
    """Return the column name of the share of right answers among predictions of this class."""
    return f"precision[{class_name}]"


def base_rate_name(class_name: str) -> str:
    """Return the name of the share of rows that truly are of this class: a fact about labels, not models."""
    return f"base_rate[{class_name}]"


@dataclass(frozen=True)
class Counts:
    """Numerators and denominators of R shares in G groups.

    Attributes
    ----------
    names
        R names.
    numerators, denominators
        int64 (R, G).
    sizes
        int64 (G,): rows of each group.
    what
        R descriptions of the rows in the denominator, for notes.
    harm
        float64 (R,): -1 where a low share is the disadvantage, +1 where a high one is.
    about_labels
        R flags: the share describes true labels and not answers.
    """

    names: tuple[str, ...]
    numerators: Ints
    denominators: Ints
    sizes: Ints
    what: tuple[str, ...]
    harm: NDArray[np.float64]
    about_labels: tuple[bool, ...]


def headline_rates(answers: Answers) -> tuple[str, ...]:
    """Return the rates that a verdict on the whole attribute rests on.

    With a favourable class or label all kinds of error count (and, where a person named it, how often it is
    given), with more classes accuracy: most classes of a small test part have too few rows for their own verdict.
    """
    if answers.task == "regression":
        return ("mean_absolute_error", MEAN_ERROR)
    if not answers.favourable:
        return (ACCURACY,)
    good = answers.favourable
    outcome = (selection_rate_name(good),) if answers.named else ()
    return (ACCURACY, *outcome, true_positive_rate_name(good), false_positive_rate_name(good))


def count_rates(answers: Answers, codes: Ints, n_groups: int) -> Counts:
    """Count every share in every group; rows with a negative code are in no group.

    Parameters
    ----------
    codes
        int64 (N,): group of each row, -1 where it is unknown.
    """
    known = codes >= 0
    group = codes[known]
    truth, said = answers.truth[known], answers.said[known]
    rows = np.bincount(group, minlength=n_groups)
    right = np.bincount(group, weights=answers.right[known], minlength=n_groups).astype(np.int64)
    positive, selected, hit = (
        [np.bincount(group[column], minlength=n_groups) for column in table.T]
        for table in (truth, said, truth & said)
    )
    names, what, harm, tops, bottoms, labels = [ACCURACY], ["rows"], [-1.0], [right], [rows], [False]
    if answers.task == "regression":
        names, what, harm, tops, bottoms, labels = [], [], [], [], [], []
    for index, name in enumerate(answers.names):
        p, s, h = positive[index], selected[index], hit[index]
        # Without a favourable class nobody knows which side is the harm; a rare class can hardly become rarer.
        bad = -1.0 if name == answers.favourable else 1.0
        for label, top, bottom, of, side, about in (
            (selection_rate_name(name), s, rows, "rows", bad, False),
            (true_positive_rate_name(name), h, p, f'rows of class "{name}"', -1.0, False),
            (false_positive_rate_name(name), s - h, rows - p, f'rows of other classes than "{name}"', 1.0, False),
            (precision_name(name), h, s, f'rows predicted as "{name}"', -1.0, False),
            (base_rate_name(name), p, rows, "rows", bad, True),
        ):
            names.append(label)
            what.append(of)
            harm.append(side)
            tops.append(top)
            bottoms.append(bottom)
            labels.append(about)
    shape = (len(names), n_groups)
    return Counts(
        tuple(names),
        np.array(tops, dtype=np.int64).reshape(shape),
        np.array(bottoms, dtype=np.int64).reshape(shape),
        rows,
        tuple(what),
        np.array(harm),
        tuple(labels),
    )


def rates_of(counts: Counts, *, few: int = FEW, alpha: float = 0.05) -> list[list[Rate]]:
    """Return R lists of G rates with Wilson intervals, None where nothing or too little was measured.

    Of a group of fewer than ``few`` rows nothing but its size is told: already how many of them are of a class can
    be one person's label.
    """
    low, high = wilson_bounds(counts.numerators, counts.denominators, alpha)
    with np.errstate(invalid="ignore", divide="ignore"):
        values = counts.numerators / counts.denominators
    tables = (counts.numerators, counts.denominators, values, low, high)
    return [
        [_rate(what, few, *cell) for cell in zip(counts.sizes.tolist(), *row, strict=True)]
        for what, *row in zip(counts.what, *(table.tolist() for table in tables), strict=True)
    ]


def _rate(what: str, few: int, size: int, top: int, bottom: int, value: float, low: float, high: float) -> Rate:
    if bottom >= few and bottom > 0:
        return Rate(value, top, bottom, low, high)
    if 0 < size < few:
        what, bottom = "rows", size
    if bottom == 0:
        return Rate(None, top, 0, None, None, f"not measurable: no {what}")
    note = f"not shown: only {bottom} {what if bottom != 1 else what.replace('rows', 'row', 1)}, fewer than {few}"
    return Rate(None, None, bottom, None, None, note, suppressed=True)


def mean_rates(values: NDArray[np.float64], codes: Ints, n_groups: int, *, alpha: float = 0.05) -> list[Rate]:
    """Return each group's mean of single rows' figures with Student's interval; None where too few rows."""
    return [_mean(values[codes == group], FEW, alpha) for group in range(n_groups)]


def _mean(values: NDArray[np.float64], few: int, alpha: float) -> Rate:
    n = len(values)
    if n == 0:
        return Rate(None, None, 0, None, None, "not measurable: no rows", method="t")
    if n < few:
        note = f"not shown: only {n} row{'s' * (n != 1)}, fewer than {few}"
        return Rate(None, None, n, None, None, note, method="t", suppressed=True)
    half = student_quantile(1 - alpha / 2, n - 1) * float(values.std(ddof=1)) / n**0.5
    mean = float(values.mean())
    return Rate(mean, None, n, mean - half, mean + half, method="t")


def student_quantile(probability: float, degrees: float) -> float:
    """Return Student's quantile, the normal one beyond 10 000 degrees of freedom."""
    if degrees > 10_000:
        return normal_quantile(probability)
    from scipy.special import stdtrit

    return float(stdtrit(degrees, probability))


def harm_of_mean(name: str, *, named: bool) -> float:
    """Return +1 where a high mean is the disadvantage, -1 where a low one is, 0 where either side may be.

    A mean error is best at zero. So is a calibration gap, unless a person said that the class is good to get
    (``named``): who is given too little of its probability is worse off then.
    """
    if name.startswith("calibration_gap["):
        return -1.0 if named else 0.0
    return 0.0 if name == MEAN_ERROR else 1.0


def gap_of(rates: Sequence[Rate]) -> float | None:
    """Return the largest minus the smallest printed value, None with fewer than two."""
    values = [entry.value for entry in rates if entry.value is not None]
    return max(values) - min(values) if len(values) >= 2 else None
