"""Clusters of similar inputs, made without a look at errors, and how unlike chance their errors are.

A slice finder that fits the errors and tests on the same rows raises a false alarm nearly always. Here clusters
come from embeddings alone, so that under the null hypothesis errors are spread over them at random: the number of
errors in a cluster is hypergeometric, and shuffling errors gives the joint law of all clusters' p-values.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from automl_tl.fairness.permutation import log_choose
from automl_tl.one_thread import on_one_thread

__all__ = ["Cluster", "cluster_p_values", "error_blind_clusters"]

Floats = NDArray[np.float64]

_COUNTS = (6, 10, 14)
"""Numbers of clusters, several because nobody knows how large a slice is."""
_ROWS_PER_CLUSTER = 25
_DIMENSIONS = 30
_SMALLEST = 5
_LARGEST_SHARE = 0.5
_BLOCK = 2_000_000


@dataclass(frozen=True)
class Cluster:
    """Rows of one cluster: ``members`` bool (N,), and their squared ``distances`` (N,) to its centre."""

    name: str
    members: NDArray[np.bool_]
    distances: Floats


def error_blind_clusters(
    features: NDArray[np.floating], *, fit_features: NDArray[np.floating] | None = None, seed: int = 0
) -> list[Cluster]:
    """Return clusters of the rows by k-means at several k; clusters of under 5 rows or over half are left out.

    Parameters
    ----------
    features
        float (N, D) embeddings of the rows that will be tested.
    fit_features
        float (M, D) other rows to place the centres by; None takes the tested rows, which is as valid, since
        nothing here sees an error.
    """
    from sklearn.cluster import KMeans

    base = np.asarray(features if fit_features is None else fit_features, dtype=np.float64)
    rows = len(features)
    with on_one_thread():
        centre, axes = _axes(base)
        fitted, tested = (base - centre) @ axes, (np.asarray(features, dtype=np.float64) - centre) @ axes
        found: list[Cluster] = []
        different = len(np.unique(fitted.round(9), axis=0))
        for count in sorted({*_COUNTS, min(max(round(rows / _ROWS_PER_CLUSTER), 4), 20)}):
            if count >= different:
                continue
            centres = KMeans(count, n_init=4, random_state=seed).fit(fitted).cluster_centers_
            distances = ((tested[:, None, :] - centres[None]) ** 2).sum(axis=2)
            labels = distances.argmin(axis=1)
            found += [Cluster(f"{count}.{k + 1}", labels == k, distances[:, k]) for k in range(count)]
    return _distinct([c for c in found if _SMALLEST <= c.members.sum() <= _LARGEST_SHARE * rows])


def cluster_p_values(
    clusters: list[Cluster], wrong: NDArray[np.bool_], *, seed: int = 0, shuffles: int = 1999
) -> tuple[Floats, Floats]:
    """Return each cluster's hypergeometric p-value of so many errors, and the same corrected for all clusters.

    The correction is Holm's step-down with the joint law of the p-values, from shuffled errors, in place of the
    union bound (Westfall & Young 1993, algorithm 2.8): clusters at different k overlap, which Holm's own bound
    would pay for as if they were strangers. It holds the family-wise error rate exactly.
    """
    members = np.array([cluster.members for cluster in clusters], dtype=np.float32)
    sizes = members.sum(axis=1).astype(np.int64)
    rows, errors = len(wrong), int(wrong.sum())
    tails = {size: _tails(int(size), errors, rows) for size in np.unique(sizes).tolist()}
    raw = _look_up(tails, sizes, (members @ wrong.astype(np.float32))[None])[0]
    order = np.argsort(raw, kind="stable")
    exceeded = np.zeros(len(clusters))
    rng = np.random.default_rng(seed)
    drawn, block = 0, max(1, _BLOCK // max(rows, 1))
    while drawn < shuffles:
        count = min(block, shuffles - drawn)
        shuffled = rng.permuted(np.broadcast_to(wrong.astype(np.float32), (count, rows)), axis=1)
        p_values = _look_up(tails, sizes, shuffled @ members.T)[:, order]
        smallest = np.minimum.accumulate(p_values[:, ::-1], axis=1)[:, ::-1]
        exceeded += (smallest <= raw[order] * (1 + 1e-9)).sum(axis=0)
        drawn += count
    adjusted = np.empty(len(clusters))
    adjusted[order] = np.maximum.accumulate((1 + exceeded) / (shuffles + 1))
    return raw, np.maximum(adjusted, raw)


def _axes(features: Floats) -> tuple[Floats, Floats]:
    """Return mean and leading principal axes: distances in hundreds of dimensions are mostly noise."""
    centre = features.mean(axis=0)
    if features.shape[1] <= _DIMENSIONS:
        return centre, np.eye(features.shape[1])
    _, _, axes = np.linalg.svd(features - centre, full_matrices=False)
    return centre, axes[:_DIMENSIONS].T


def _distinct(clusters: list[Cluster]) -> list[Cluster]:
    kept: dict[bytes, Cluster] = {}
    for cluster in clusters:
        kept.setdefault(np.packbits(cluster.members).tobytes(), cluster)
    return list(kept.values())


def _tails(size: int, errors: int, rows: int) -> Floats:
    """Return P(at least k errors in the cluster) for k = 0 ... size."""
    least, most = max(0, size - (rows - errors)), min(size, errors)
    counts = np.arange(least, most + 1)
    logs = log_choose(errors, counts) + log_choose(rows - errors, size - counts)
    chances = np.exp(logs - log_choose(rows, np.array([size]))[0])
    tail = np.zeros(size + 1)
    tail[: least + 1] = 1.0
    tail[counts] = np.minimum(np.cumsum(chances[::-1])[::-1], 1.0)
    return tail


def _look_up(tails: dict[int, Floats], sizes: NDArray[np.int64], hits: NDArray[np.floating]) -> Floats:
    found = np.empty(hits.shape)
    for column, size in enumerate(sizes.tolist()):
        found[:, column] = tails[size][np.rint(hits[:, column]).astype(np.int64)]
    return found
