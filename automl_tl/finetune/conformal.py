"""Conformal prediction sets: the classes that cannot be excluded at a stated rate of error.

Split conformal prediction after Vovk, Gammerman, Shafer, Algorithmic Learning in a Random World (2005); scores:
LAC (Sadinle, Lei, Wasserman, Least Ambiguous Set-Valued Classifiers, JASA 2019) and APS (Romano, Sesia, Candes,
Classification with Valid and Adaptive Coverage, NeurIPS 2020) without its random part.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from automl_tl.errors import InvalidInput
from automl_tl.finetune.evaluation import Interval

__all__ = ["METHODS", "ConformalSets", "Coverage", "calibrate_sets", "fewest_examples", "measure_coverage"]

METHODS = ("lac", "aps")


@dataclass(frozen=True)
class ConformalSets:
    """How probabilities become sets of classes.

    Attributes
    ----------
    method
        ``lac`` (smallest sets on average) or ``aps`` (larger sets for harder examples).
    alpha
        Share of examples, in (0, 1), whose set may miss the right class: the promise is 1 - alpha or more, for
        examples that are drawn as the calibration examples were.
    threshold
        Classes with a score up to this belong to the set.
    examples
        Number of calibration examples.
    """

    method: str
    alpha: float
    threshold: float
    examples: int

    def __post_init__(self) -> None:
        _check(self.method, self.alpha)

    def members(self, probabilities: NDArray[np.floating]) -> NDArray[np.bool_]:
        """Return bool (N, C): which classes belong to each set; the most probable one always does."""
        exact = np.asarray(probabilities, dtype=np.float64)
        inside = _scores(self.method, exact) <= self.threshold
        inside[np.arange(len(exact)), exact.argmax(axis=1)] = True
        return inside


@dataclass(frozen=True)
class Coverage:
    """What the sets did on test examples.

    Attributes
    ----------
    covered
        Share of test examples whose set holds the right class.
    expected
        Where ``by_threshold`` lies with probability 95 % if test and calibration examples are drawn alike: the
        coverage given the calibration part has a beta distribution (Vovk, Conditional validity of inductive
        conformal predictors, 2012), what a test part of this size shows of it a beta-binomial one.
    mean_size
        Mean number of classes in a set.
    single
        Share of sets with one class only.
    by_threshold
        Share of test examples whose right class the threshold alone lets in; ``covered`` is more where the most
        probable class, which always belongs to a set, is right beyond it: of an accurate model most of all. Of
        examples that stand exactly at the threshold as many count as are expected. None in older files.
    unit
        The column of which every value gave one example, for calibration and here; "" where rows are independent.
    """

    sets: ConformalSets
    covered: float
    expected: Interval
    mean_size: float
    single: float
    examples: int
    by_threshold: float | None = None
    unit: str = ""


def calibrate_sets(
    probabilities: NDArray[np.floating], labels: NDArray[np.int64], *, alpha: float, method: str = "lac"
) -> ConformalSets:
    """Return the sets whose threshold is the ceil((N + 1)(1 - alpha))-th smallest score of the right classes.

    Parameters
    ----------
    probabilities, labels
        (N, C) and int64 (N,): independent examples that neither training nor any choice has seen. Of rows that
        belong together that is one each.

    Raises
    ------
    InvalidInput
        If the method or alpha is not allowed, or N is below :func:`fewest_examples`.
    """
    _check(method, alpha)
    n, least = len(labels), fewest_examples(alpha)
    if n < least:
        raise InvalidInput(
            f"conformal.alpha {alpha:g} needs {least} calibration examples or more but there are {n}; "
            "use a larger alpha or more data",
            field="conformal.alpha",
        )
    scores = _scores(method, np.asarray(probabilities, dtype=np.float64))[np.arange(n), labels]
    return ConformalSets(method, alpha, float(np.sort(scores)[_rank(n, alpha) - 1]), n)


def fewest_examples(alpha: float) -> int:
    """Return how many calibration examples the promise 1 - alpha needs."""
    return math.ceil(round(1.0 / alpha - 1.0, 9))


def measure_coverage(
    sets: ConformalSets, probabilities: NDArray[np.floating], labels: NDArray[np.int64], *, unit: str = ""
) -> Coverage:
    """Return what the sets do on these examples, N >= 1; of rows that belong together (``unit``) one each."""
    from scipy.stats import betabinom  # slow to import, and a model that only predicts does without it

    inside = sets.members(probabilities)
    sizes = inside.sum(axis=1)
    n = len(labels)
    rank = _rank(sets.examples, sets.alpha)
    share = betabinom(n, rank, sets.examples + 1 - rank)
    scores = _scores(sets.method, np.asarray(probabilities, dtype=np.float64))[np.arange(n), labels]
    least, most = float((scores < sets.threshold).mean()), float((scores <= sets.threshold).mean())
    return Coverage(
        sets=sets,
        covered=float(inside[np.arange(n), labels].mean()),
        expected=Interval(float(share.mean()) / n, float(share.ppf(0.025)) / n, float(share.ppf(0.975)) / n),
        mean_size=float(sizes.mean()),
        single=float((sizes == 1).mean()),
        examples=n,
        by_threshold=min(max(float(share.mean()) / n, least), most),
        unit=unit,
    )


def _rank(n: int, alpha: float) -> int:
    return math.ceil(round((n + 1) * (1.0 - alpha), 9))


def _scores(method: str, probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how little each class conforms, float64 (N, C); larger is stranger."""
    if method == "lac":
        return np.asarray(1.0 - probabilities)
    order = np.argsort(-probabilities, axis=1, kind="stable")
    sums = np.cumsum(np.take_along_axis(probabilities, order, axis=1), axis=1)
    scores = np.empty_like(sums)
    np.put_along_axis(scores, order, sums, axis=1)
    return scores


def _check(method: str, alpha: float) -> None:
    if method not in METHODS:
        raise InvalidInput(
            f"conformal.method must be one of {', '.join(METHODS)} but got {method!r}", field="conformal.method"
        )
    if not 0 < alpha < 1:
        raise InvalidInput(f"conformal.alpha must lie between 0 and 1 but got {alpha!r}", field="conformal.alpha")
