"""Earth mover's distance between the classes of the target and those of the domain a model was pretrained on.

Cui, Song, Sun, Howard, Belongie: Large Scale Fine-Grained Categorization and Domain-Specific Transfer Learning.
CVPR 2018, https://arxiv.org/abs/1806.06193 (domain similarity).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog
from scipy.sparse import eye_array, kron, vstack
from scipy.spatial.distance import cdist

from automl_tl.errors import ScoreUnavailable
from automl_tl.transferability.base import ProbeSample, Scorer, TransferScore, scorers
from automl_tl.transferability.checks import checked_sample
from automl_tl.transferability.similarity.source import compare_with_source
from automl_tl.zoo.card import Fingerprint

__all__ = ["PrototypeSimilarity", "earth_movers_distance"]

_MOST_PAIRS = 200_000


class PrototypeSimilarity(Scorer):
    """``exp(-EMD)`` in (0, 1] between class prototypes, in units of the source's spread.

    A prototype is the mean embedding of a class, its weight the share of its examples, and moving a unit of weight
    from class t to class s costs ``|mu_t - mu_s| / (tr S)^(1/2)`` with S the source's covariance. The paper's
    ``exp(-0.01 EMD)`` fits the scale of one network's features; in units of the spread, 1 is in its place. 1 is
    the best value. Labels only say which examples share a prototype.
    """

    name = "emd"
    summary = "closeness of the target's classes to the classes of the model's source domain"
    reference = "Cui et al., CVPR 2018"
    weight = 0.25
    opt_in = True

    def score(self, sample: ProbeSample) -> TransferScore:
        """Return the similarity; raises ScoreUnavailable without source prototypes or with too many classes."""
        found = compare_with_source(sample)
        source, weights = _prototypes(found.fingerprint)
        classes = checked_sample(sample, fewest_classes=1)
        counts = np.bincount(classes.classes)
        if len(counts) * len(source) > _MOST_PAIRS:
            raise ScoreUnavailable(
                f"{len(counts)} target and {len(source)} source classes are more than {_MOST_PAIRS:,} pairs, too"
                " many for an exact transport",
                field="fingerprint",
            )
        sums = np.zeros((len(counts), found.features.shape[1]))
        np.add.at(sums, classes.classes, found.features)
        cost = cdist(sums / counts[:, None], source) / found.spread
        return TransferScore(math.exp(-earth_movers_distance(cost, counts.astype(np.float64), weights)))


def earth_movers_distance(
    cost: NDArray[np.float64], supply: NDArray[np.float64], demand: NDArray[np.float64]
) -> float:
    """Return the least mean cost of moving one distribution onto another.

    Parameters
    ----------
    cost
        float64 (M, N), >= 0.
    supply, demand
        float64 (M,) and (N,), >= 0 with a positive sum; each is divided by its sum first.

    Raises
    ------
    ScoreUnavailable
        If the linear program finds no optimum.
    """
    rows, columns = cost.shape
    supply, demand = supply / supply.sum(), demand / demand.sum()
    if min(rows, columns) == 1:  # there is only one plan
        return float((cost * np.outer(supply, demand)).sum())
    out = kron(eye_array(rows), np.ones((1, columns)), format="csr")
    into = kron(np.ones((1, rows)), eye_array(columns), format="csr")
    # Both margins add up to one, so one condition follows from the others; rounding must not contradict it.
    conditions, margins = vstack([out, into[:-1]], format="csr"), np.concatenate([supply, demand[:-1]])
    scale = float(cost.max()) or 1.0
    plan = linprog(cost.ravel() / scale, A_eq=conditions, b_eq=margins, method="highs")
    if not plan.success:
        raise ScoreUnavailable(f"the transport between the classes has no solution: {plan.message}")
    return max(0.0, float(plan.fun)) * scale


def _prototypes(source: Fingerprint) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the source prototypes (K, D) and their weights (K,); raises ScoreUnavailable where none fit."""
    if source.prototypes is None or source.prototype_counts is None:
        raise ScoreUnavailable(
            "the fingerprint has no prototypes of source classes; make it from labelled data with"
            " `automl-tl zoo fingerprint`",
            field="fingerprint",
        )
    prototypes = np.asarray(source.prototypes, dtype=np.float64)
    weights = np.asarray(source.prototype_counts, dtype=np.float64)
    if prototypes.shape != (len(weights), len(source.mean)) or not np.isfinite(prototypes).all():
        raise ScoreUnavailable(
            f"the source prototypes must be finite and of shape ({len(weights)}, {len(source.mean)}) but have"
            f" {prototypes.shape}",
            field="fingerprint",
        )
    if not len(weights) or weights.min() < 0 or weights.sum() <= 0:
        raise ScoreUnavailable("the source prototypes have no examples behind them", field="fingerprint")
    return prototypes, weights


scorers.register(PrototypeSimilarity.name, PrototypeSimilarity())
