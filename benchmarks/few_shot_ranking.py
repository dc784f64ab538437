"""Ranking synthetic candidates from 500 examples: does a score find the one that is best on held-out examples?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import weightedtau
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from automl_tl.errors import ScoreUnavailable
from automl_tl.transferability import score
from automl_tl.transferability.base import ProbeSample
from automl_tl.transferability.rank import rank
from benchmarks.logme import common_algorithm

__all__ = ["lines"]

_TASKS = 8
_WIDTHS = (64, 128, 256, 384, 512, 768, 768, 1024, 1280, 1536, 2048, 2048)
_CLASSES, _LATENT, _NUISANCE = 10, 24, 16
_TRAIN, _VALIDATION, _TEST = 500, 1000, 4000
_INVERSE_PENALTIES = (0.3, 10.0, 300.0)
_SCORES = (
    *("logme", "hscore", "linear_probe", "knn", "lda", "ridge_probe", "logistic_probe"),
    *("gbc", "nleep", "parc", "sfda", "transrate"),
)


@dataclass(frozen=True)
class Candidate:
    """Embeddings of the probe's examples, and the accuracy on held-out ones that a classifier on them reaches."""

    features: NDArray[np.float32]
    accuracy: float


def lines() -> Iterator[str]:
    """Yield the rows of the table."""
    yield f"{_TASKS} tasks of {_CLASSES} classes and {_TRAIN} examples; {len(_WIDTHS)} candidates of a quality"
    yield f"that does not depend on their width, {min(_WIDTHS)} to {max(_WIDTHS)} dimensions. Truth: accuracy of"
    yield f"logistic regression on {_TEST} held-out examples, in %. Asked: weighted tau >= 0.90, regret@1 <= 1."
    yield ""
    yield "| method | weighted tau | its worst task | regret@1 | its worst task |"
    yield "|---|---|---|---|---|"
    found: dict[str, list[tuple[float, float]]] = {}
    with threadpool_limits(1):
        for seed in range(_TASKS):
            candidates, labels = _task(seed)
            truth = np.array([candidate.accuracy for candidate in candidates])
            for method, values in _methods(candidates, labels).items():
                regret = float(truth.max() - truth[values.argmax()])
                found.setdefault(method, []).append((float(weightedtau(truth, values).statistic), regret))
    for method, results in found.items():
        taus, regrets = np.array(results).T
        yield (
            f"| {method} | {taus.mean():.3f} | {taus.min():.3f} | {100 * regrets.mean():.2f} "
            f"| {100 * regrets.max():.2f} |"
        )


def _methods(candidates: list[Candidate], labels: NDArray[np.int64]) -> Mapping[str, NDArray[np.float64]]:
    """Return each method's value of every candidate, larger meaning better."""
    samples = {str(i): ProbeSample(each.features, labels) for i, each in enumerate(candidates)}
    combined = {row.model: row.score for row in rank(samples, {}, {}, bootstrap=0).models}
    found = {"our ranking": np.array([combined[name] for name in samples])}
    for name in _SCORES:
        found[name] = np.array([_value(name, each.features, labels) for each in candidates])
    found["LogME as copied"] = np.array([common_algorithm(each.features, labels) for each in candidates])
    found["the widest"] = np.array([float(each.features.shape[1]) for each in candidates])
    return found


def _value(name: str, features: NDArray[np.float32], labels: NDArray[np.int64]) -> float:
    try:
        return score(name, features, labels).value
    except ScoreUnavailable:
        return -np.inf


def _task(seed: int) -> tuple[list[Candidate], NDArray[np.int64]]:
    """Return candidates that see the same latent causes of the labels through different amounts of noise."""
    rng = np.random.default_rng(seed)
    total = _TRAIN + _VALIDATION + _TEST
    labels = rng.integers(0, _CLASSES, total)
    centres = 1.6 * rng.normal(size=(_CLASSES, _LATENT)) / np.sqrt(2)
    latent = centres[labels] + rng.normal(size=(total, _LATENT))
    noise = rng.permutation(np.geomspace(0.5, 6.0, len(_WIDTHS)))
    made = [_embedded(rng, latent, width, level) for width, level in zip(_WIDTHS, noise, strict=True)]
    return [Candidate(each[:_TRAIN], _accuracy(each, labels)) for each in made], labels[:_TRAIN]


def _embedded(
    rng: np.random.Generator, latent: NDArray[np.float64], width: int, noise: float
) -> NDArray[np.float32]:
    """Return the latent causes turned into ``width`` dimensions, with nuisance directions, noise, and a scale."""
    n = len(latent)
    axes, _ = np.linalg.qr(rng.normal(size=(width, _LATENT + _NUISANCE)))
    seen = latent + noise * rng.normal(size=latent.shape)
    nuisance = 3.0 * rng.normal(size=(n, _NUISANCE))
    features = np.hstack([seen, nuisance]) @ axes.T + 0.3 * rng.normal(size=(n, width))
    features += rng.normal(size=width)
    return (features * 10.0 ** rng.uniform(-1, 1)).astype(np.float32)


def _accuracy(features: NDArray[np.float32], labels: NDArray[np.int64]) -> float:
    train, rest = slice(0, _TRAIN), slice(_TRAIN, _TRAIN + _VALIDATION)
    test = slice(_TRAIN + _VALIDATION, None)
    centred = features - features[train].mean(axis=0)
    centred /= np.sqrt(np.square(centred[train]).sum(axis=1).mean())
    # In the span of the training examples, which holds every regression's coefficients.
    basis = np.linalg.svd(centred[train], full_matrices=False)[2]
    reduced = centred @ basis.T
    models = [
        LogisticRegression(C=each, max_iter=300, tol=1e-3).fit(reduced[train], labels[train])
        for each in _INVERSE_PENALTIES
    ]
    best = max(models, key=lambda model: model.score(reduced[rest], labels[rest]))
    return float(best.score(reduced[test], labels[test]))
