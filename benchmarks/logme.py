"""LogME in CPU time against the widely used algorithm, and what three more scores cost on top of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from automl_tl.transferability import score
from automl_tl.transferability.base import ProbeSample
from automl_tl.transferability.compute import score_sheet

__all__ = ["common_algorithm", "lines"]

# Samples, dimensions, classes, and how many times faster LogME should be (None: fewer samples than dimensions).
_SHAPES = ((2000, 512, 10, 1), (500, 2048, 37, None), (10_000, 768, 100, 5), (50_000, 2048, 1000, 10))
_TOGETHER = ("logme", "hscore", "lda", "gbc")
_ITERATIONS = 11
_LARGE = 10**10


def lines() -> Iterator[str]:
    """Yield the rows of the table."""
    yield "CPU seconds on random features, one thread; the median of five runs, one run where a row takes minutes."
    yield "The common algorithm takes the SVD of F'F when there are more samples than dimensions, else of F, and"
    yield f"walks over the classes. Together: {', '.join(_TOGETHER)}, from one pass."
    yield ""
    names = ("samples", "dimensions", "classes", "LogME", "common", "ratio", "asked", "together")
    yield f"| {' | '.join((*names, 'of our LogME', 'of a LogME as asked'))} |"
    yield "|---|---|---|---|---|---|---|---|---|---|"
    score("logme", *_task(64, 8, 2))  # loads the libraries whose threads are limited next
    with threadpool_limits(1):
        for samples, dimensions, classes, asked in _SHAPES:
            yield _row(samples, dimensions, classes, asked)


def _row(samples: int, dimensions: int, classes: int, asked: int | None) -> str:
    features, labels = _task(samples, dimensions, classes)
    repeats = 1 if samples * dimensions * classes > _LARGE else 5
    score("logme", features[: 2 * dimensions], labels[: 2 * dimensions])  # a warm-up
    ours = _cpu(partial(score, "logme", features, labels), repeats)
    together = _cpu(lambda: score_sheet(ProbeSample(features, labels), _TOGETHER), repeats)
    theirs = _cpu(partial(common_algorithm, features, labels), repeats)
    cells = [f"{samples}", f"{dimensions}", f"{classes}", f"{ours:.2f}", f"{theirs:.2f}", f"{theirs / ours:.1f}"]
    cells += [f">= {asked}" if asked else "-", f"{together:.2f}", f"{together / ours:.2f}"]
    cells += [f"{together * asked / theirs:.2f}" if asked else "-"]
    return f"| {' | '.join(cells)} |"


def common_algorithm(features: NDArray[np.floating], labels: NDArray[np.int64]) -> float:
    """Return the mean evidence as copied code computes it (thuml/LogME; You et al., ICML 2021, algorithm 1).

    Written down step by step: truncated SVD, one loop per class of up to 11 steps of MacKay's fixed point, the
    posterior mean, and the determinant over min(N, D) values next to D/2 ln(alpha).
    """
    features = features.astype(np.float64)
    samples, dimensions = features.shape
    left, sigma, right = _truncated_svd(features) if samples > dimensions else _thin_svd(features)
    evidence = []
    for label in range(int(labels.max()) + 1):
        target = (labels == label).astype(np.float64)
        projected = left.T @ target
        energy = projected**2
        outside = (target**2).sum() - energy.sum()
        alpha, beta = 1.0, 1.0
        for _ in range(_ITERATIONS):
            ratio = alpha / beta
            gamma = (sigma / (sigma + ratio)).sum()
            weight = (sigma * energy / (ratio + sigma) ** 2).sum()
            residual = (energy / (1 + sigma / ratio) ** 2).sum() + outside
            alpha, beta = gamma / (weight + 1e-5), (samples - gamma) / (residual + 1e-5)
            if abs(alpha / beta - ratio) / ratio <= 1e-3:
                break
        fit = dimensions * np.log(alpha) + samples * np.log(beta) - samples * np.log(2 * np.pi)
        log_det = np.log(alpha + beta * sigma).sum()
        evidence.append((fit - log_det - beta * residual - alpha * weight) / 2 / samples)
        _posterior_mean = right.T @ (np.sqrt(sigma) * projected / (alpha / beta + sigma))
    return float(np.mean(evidence))


def _truncated_svd(features: NDArray[np.float64]) -> tuple[NDArray[np.float64], ...]:
    _, sigma, right = np.linalg.svd(features.T @ features)
    kept = np.sqrt(sigma) > 1e-10
    scaled = features @ right.T
    return scaled[:, kept] / np.sqrt(sigma[kept]), sigma[kept], right[kept]


def _thin_svd(features: NDArray[np.float64]) -> tuple[NDArray[np.float64], ...]:
    left, singular, right = np.linalg.svd(features, full_matrices=False)
    return left, singular**2, right


def _task(samples: int, dimensions: int, classes: int) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    rng = np.random.default_rng(0)
    labels = rng.integers(0, classes, samples)
    centres = rng.normal(size=(classes, dimensions)).astype(np.float32)
    features = 2 * rng.standard_normal((samples, dimensions), dtype=np.float32)
    features += centres[labels]
    return features, labels.astype(np.int64)


def _cpu(work: Callable[[], object], repeats: int) -> float:
    seconds = []
    for _ in range(repeats):
        started = time.process_time()
        work()
        seconds.append(time.process_time() - started)
    return float(np.median(seconds))
