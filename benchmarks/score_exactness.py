"""How far the scores are from what slow and plain computations give."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from sklearn.covariance import ledoit_wolf
from sklearn.linear_model import Ridge

from automl_tl.transferability import score, score_statistics, sufficient_statistics
from automl_tl.transferability.evidence import NOISE_FLOOR
from automl_tl.transferability.ridge_probe import ridge_leave_one_out
from automl_tl.transferability.statistics import SufficientStatistics

__all__ = ["lines", "reference_logme"]

Task = tuple[NDArray[np.float64], NDArray[np.int64]]


def lines() -> Iterator[str]:
    """Yield the rows of the table."""
    yield "Largest difference over the cases named. LogME's reference: numpy's SVD of the features, and scipy's"
    yield f"bounded scalar search for every class, both with the noise floor {NOISE_FLOOR} of |y|^2."
    yield ""
    yield "| what | cases | largest difference | asked |"
    yield "|---|---|---|---|"
    for what, cases, found, asked in _rows():
        yield f"| {what} | {cases} | {found:.1e} | {asked:.0e} |"


def reference_logme(features: NDArray[np.floating], labels: NDArray[np.int64]) -> float:
    """Return the mean maximum log evidence per example by SVD and one scalar search per class."""
    n = len(labels)
    left, singular, _ = np.linalg.svd(features.astype(np.float64), full_matrices=False)
    kept = singular > max(features.shape) * np.finfo(np.float64).eps * singular[0]
    spectrum, left = np.square(singular[kept]), left[:, kept]
    found = []
    for label in np.unique(labels):
        target = (labels == label).astype(np.float64)
        energy = np.square(left.T @ target)
        residual = max(target.sum() - energy.sum(), NOISE_FLOOR * target.sum())
        found.append(_largest(spectrum, energy, residual, n))
    return float(np.mean(found) / n)


def _largest(spectrum: NDArray[np.float64], energy: NDArray[np.float64], residual: float, n: int) -> float:
    def loss(log_ratio: float) -> float:
        odds = spectrum * np.exp(-log_ratio)
        misfit = float((energy / (1 + odds)).sum()) + residual
        return 0.5 * n * (np.log(2 * np.pi * misfit / n) + 1) + 0.5 * float(np.log1p(odds).sum())

    edges = np.linspace(np.log(spectrum.min()) - 33, np.log(spectrum.max()) + 33, 40)
    tried = [
        minimize_scalar(loss, bounds=bounds, method="bounded", options={"xatol": 1e-9}).fun
        for bounds in zip(edges[:-2], edges[2:], strict=True)
    ]
    return -min(tried)


def _rows() -> Iterator[tuple[str, str, float, float]]:
    tasks = _tasks()
    plain = {name: tasks[name] for name in ("N > D", "N = D", "N < D")}
    difference = [abs(score("logme", *task).value - reference_logme(*task)) for task in tasks.values()]
    yield "LogME against SVD and scalar search", ", ".join(tasks), max(difference), 1e-6
    yield "LogME under permuted class ids", ", ".join(tasks), _changed(tasks, _permuted), 1e-12
    yield (
        "LogME under scaling by 1e-3 and 1e3",
        ", ".join(tasks),
        _changed(tasks, _scaled(1e-3), _scaled(1e3)),
        1e-9,
    )
    yield "LogME under rotation", ", ".join(tasks), _changed(tasks, _rotated), 1e-9
    ridge = [_ridge_difference(task, penalty) for task in plain.values() for penalty in (0.1, 10.0)]
    yield "leave-one-out ridge against refits", ", ".join(plain), max(ridge), 1e-8
    shrunk = [abs(score("hscore", *task).value / _plain_hscore(*task) - 1) for task in tasks.values()]
    yield "shrunk H-score with scikit-learn's LedoitWolf, relative", ", ".join(tasks), max(shrunk), 1e-10
    yield (
        "8 merged shards: statistics, relative",
        ", ".join(plain),
        max(map(_merged_statistics, plain.values())),
        1e-12,
    )
    yield "8 merged shards: scores", ", ".join(plain), max(map(_merged_scores, plain.values())), 1e-8


def _tasks() -> dict[str, Task]:
    wide, square, tall = _clusters(120, 300, 9), _clusters(150, 150, 6), _clusters(600, 40, 7)
    dead = tall[0].copy()
    dead[:, ::5] = 0.0
    doubled = np.hstack([tall[0], tall[0][:, :11]])
    uneven = tall[0] * 10.0 ** np.linspace(-3, 3, tall[0].shape[1])
    return {
        "N > D": tall,
        "N = D": square,
        "N < D": wide,
        "dead features": (dead, tall[1]),
        "duplicated features": (doubled, tall[1]),
        "duplicated features, N < D": (np.hstack([wide[0], wide[0][:, :50]]), wide[1]),
        "features of sizes 1e-3 to 1e3": (uneven, tall[1]),
        "label gaps": (tall[0], tall[1] ** 2 * 10 + 4),
    }


def _clusters(n: int, size: int, n_classes: int) -> Task:
    rng = np.random.default_rng(n + size)
    labels = rng.permutation(np.arange(n) % n_classes)
    centres = rng.normal(size=(n_classes, size))
    return (0.5 * centres[labels] + rng.normal(size=(n, size))).astype(np.float32).astype(np.float64), labels


def _changed(tasks: dict[str, Task], *changes: Callable[[Task], Task]) -> float:
    pairs = [(task, change(task)) for task in tasks.values() for change in changes]
    return max(abs(score("logme", *before).value - score("logme", *after).value) for before, after in pairs)


def _permuted(task: Task) -> Task:
    names = np.random.default_rng(0).permutation(1000)
    return task[0], names[task[1]]


def _scaled(factor: float) -> Callable[[Task], Task]:
    return lambda task: (task[0] * factor, task[1])


def _rotated(task: Task) -> Task:
    size = task[0].shape[1]
    rotation, _ = np.linalg.qr(np.random.default_rng(0).normal(size=(size, size)))
    return task[0] @ rotation, task[1]


def _ridge_difference(task: Task, penalty: float) -> float:
    features, labels = task[0][:150], task[1][:150]
    targets = np.eye(labels.max() + 1)[labels]
    refits = np.empty_like(targets)
    for i in range(len(labels)):
        kept = np.arange(len(labels)) != i
        model = Ridge(penalty, solver="svd").fit(features[kept], targets[kept])
        refits[i] = model.predict(features[i : i + 1])[0]
    return float(np.abs(ridge_leave_one_out(features, targets, penalty) - refits).max())


def _plain_hscore(features: NDArray[np.float64], labels: NDArray[np.int64]) -> float:
    centred = features - features.mean(axis=0)
    covariance, shrinkage = ledoit_wolf(centred, assume_centered=True)
    _, classes = np.unique(labels, return_inverse=True)
    indicator = np.eye(classes.max() + 1)[classes]
    means = indicator @ ((indicator.T @ centred) / indicator.sum(axis=0)[:, None])
    return float(np.trace(np.linalg.solve(covariance, (1 - shrinkage) * means.T @ means / len(labels))))


def _merged(task: Task) -> tuple[SufficientStatistics, SufficientStatistics]:
    parts = [
        sufficient_statistics(task[0][rows], task[1][rows]) for rows in np.array_split(range(len(task[1])), 8)
    ]
    return sum(parts[1:], parts[0]), sufficient_statistics(*task)


def _merged_statistics(task: Task) -> float:
    merged, whole = _merged(task)
    fields = ("counts", "class_means", "scatter", "class_spread", "cubed", "fourth")
    pairs = [(np.asarray(getattr(merged, each)), np.asarray(getattr(whole, each))) for each in fields]
    return max(float(np.abs(ours - theirs).max() / np.abs(theirs).max()) for ours, theirs in pairs)


def _merged_scores(task: Task) -> float:
    merged, _ = _merged(task)
    names = ("logme", "hscore", "gbc")
    return max(abs(score_statistics(name, merged).value - score(name, *task).value) for name in names)
