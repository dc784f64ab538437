"""LogME in CPU time against the widely used algorithm: singular vectors of all features, one loop per class."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from automl_tl.transferability import score

__all__ = ["common_algorithm", "lines"]

_SHAPES = ((2000, 512, 10), (500, 2048, 37), (10_000, 768, 100))
_ITERATIONS = 11


def lines() -> Iterator[str]:
    """Yield the rows of the table."""
    yield "LogME on random features, one thread, CPU seconds of one run each after a warm-up."
    yield ""
    yield "| samples | dimensions | classes | ours | common algorithm | ratio |"
    yield "|---|---|---|---|---|---|"
    with threadpool_limits(1):
        for samples, dimensions, classes in _SHAPES:
            features, labels = _task(samples, dimensions, classes)
            ours = _cpu(partial(score, "logme", features, labels))
            theirs = _cpu(partial(common_algorithm, features, labels))
            row = f"| {samples} | {dimensions} | {classes} | {ours:.2f} | {theirs:.2f} | {theirs / ours:.1f} |"
            yield row


def common_algorithm(features: NDArray[np.floating], labels: NDArray[np.int64]) -> float:
    """Return the mean log evidence over classes with MacKay's fixed point (You et al., ICML 2021, algorithm 1)."""
    samples, dimensions = features.shape
    left, singular, _ = np.linalg.svd(features, full_matrices=False)
    sigma = singular**2
    evidence = []
    for label in np.unique(labels):
        target = (labels == label).astype(np.float64)
        projected = (left.T @ target) ** 2
        outside = target @ target - projected.sum()
        alpha, beta = 1.0, 1.0
        for _ in range(_ITERATIONS):
            ratio = alpha / beta
            gamma = (sigma / (sigma + ratio)).sum()
            weight = (sigma * projected / (ratio + sigma) ** 2).sum()
            residual = (projected / (1 + sigma / ratio) ** 2).sum() + outside
            alpha, beta = gamma / weight, (samples - gamma) / residual
        log_det = np.log(alpha + beta * sigma).sum() + (dimensions - len(sigma)) * np.log(alpha)
        fit = dimensions * np.log(alpha) + samples * np.log(beta) - samples * np.log(2 * np.pi)
        evidence.append((fit - log_det - beta * residual - alpha * weight) / 2 / samples)
    return float(np.mean(evidence))


def _task(samples: int, dimensions: int, classes: int) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    rng = np.random.default_rng(0)
    labels = rng.integers(0, classes, samples)
    centres = rng.normal(size=(classes, dimensions))
    features = centres[labels] + 2 * rng.normal(size=(samples, dimensions))
    return features.astype(np.float32), labels.astype(np.int64)


def _cpu(work: Callable[[], object]) -> float:
    work()
    started = time.process_time()
    work()
    return time.process_time() - started
