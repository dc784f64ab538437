"""The types of global explanations."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "ClassMap",
    "ClassWords",
    "ColumnInfluence",
    "ConfidentError",
    "LabelIssue",
    "Neighbours",
    "Overview",
    "WordEffect",
]


@dataclass(frozen=True)
class ClassMap:
    """Mean contributions by patch over the pictures that the model names ``predicted_class``.

    ``mean``, ``low`` and ``high`` are float64 (F,), patches row by row: the mean contribution to that class's
    output and its interval over pictures, which allows for how many patches there are (``by_class.py``).
    """

    predicted_class: str
    count: int
    grid: tuple[int, int]
    mean: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]


@dataclass(frozen=True)
class WordEffect:
    """A word's mean contribution over the ``texts`` that have it, with an interval over these texts.

    The interval allows for how many words were looked at (``by_class.py``).
    """

    word: str
    texts: int
    mean: float
    low: float
    high: float


@dataclass(frozen=True)
class ClassWords:
    """Words by the size of their mean contribution to one output, over ``count`` texts that the model names so.

    Those whose interval excludes zero come first; ``candidates`` words were looked at.
    """

    predicted_class: str
    count: int
    words: tuple[WordEffect, ...]
    candidates: int = 0


@dataclass(frozen=True)
class ColumnInfluence:
    """How much of the model's answers a metadata column foretells although the model does not read it.

    Attributes
    ----------
    share
        The column's Shapley value of the out-of-sample R2 with which all columns together foretell the answers on
        ``rows`` test rows; 0 or less means nothing.
    low, high
        95 % interval over rows, by the jackknife of ten groups.
    chance
        What a shuffled column reaches in 19 of 20 cases.
    """

    column: str
    share: float
    low: float
    high: float
    chance: float
    rows: int


@dataclass(frozen=True)
class Neighbours:
    """The training examples nearest to one explained example in the final model's embedding.

    ``row_ids``, ``labels`` and ``cosines`` belong together, nearest first; ``agreement`` is the share of
    neighbours whose label is what the model says, NaN where it predicts a number.
    """

    row_id: str
    predicted: str
    right: bool
    row_ids: tuple[str, ...]
    labels: tuple[str, ...]
    cosines: tuple[float, ...]
    agreement: float


@dataclass(frozen=True)
class ConfidentError:
    """A test row that the model gets wrong, and how wrong: a probability, or the distance to the true number."""

    row: int
    row_id: str
    truth: str
    said: str
    surprise: float


@dataclass(frozen=True)
class LabelIssue:
    """A row whose label deserves a second look, by models that did not learn from it.

    ``score`` is the probability of ``suggested`` less that of ``given``, or for a number how many times the usual
    error it lies off; the larger the more doubtful.
    """

    row: int
    row_id: str
    part: str
    given: str
    suggested: str
    score: float


@dataclass(frozen=True)
class Overview:
    """Everything that was found over many examples; what could not be is missing, with the reason in ``notes``.

    ``samples`` counts the explained predictions behind maps and words, drawn at random from every class.
    ``label_issues_expected`` is how many labels would be in doubt if all were right and the model's probabilities
    too; NaN for numbers. ``neighbours_searched`` of the training rows were compared. ``samples_checked`` of the
    samples have quality checks of their own, and the contributions of ``samples_additive`` add up to the model's
    answer, which costs nothing to check; both are None in older reports.
    """

    samples: int = 0
    class_maps: tuple[ClassMap, ...] = ()
    class_words: tuple[ClassWords, ...] = ()
    columns: tuple[ColumnInfluence, ...] = ()
    columns_r2: float = float("nan")
    neighbours: tuple[Neighbours, ...] = ()
    errors: tuple[ConfidentError, ...] = ()
    errors_total: int = 0
    label_issues: tuple[LabelIssue, ...] = ()
    label_issues_total: int = 0
    label_issues_expected: float = float("nan")
    neighbours_searched: int = 0
    notes: tuple[str, ...] = ()
    samples_checked: int | None = None
    samples_additive: int | None = None
