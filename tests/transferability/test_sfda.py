"""SFDA against a plain transcription of its steps."""

from dataclasses import replace

import numpy as np
import pytest

from automl_tl.testing.scorer import ScorerContract, clustered_sample
from automl_tl.transferability import score
from automl_tl.transferability.base import scorers


class TestSfdaContract(ScorerContract):
    scorer_name = "sfda"


def softmax(x):
    e = np.exp(x - x.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def within(x, y):
    residual = np.concatenate([x[y == c] - x[y == c].mean(axis=0) for c in range(y.max() + 1)])
    return residual.T @ residual / len(x)


def fisher(x, y, shrinkage):
    w, d = within(x, y), x.shape[1]
    inverse = np.linalg.inv((1 - shrinkage) * w + shrinkage * np.trace(w) / d * np.eye(d))
    scores = []
    for c in range(y.max() + 1):
        m = x[y == c].mean(axis=0)
        scores.append(x @ inverse @ m - 0.5 * m @ inverse @ m + np.log((y == c).mean()))
    return softmax(np.stack(scores, axis=1))


@pytest.mark.parametrize(("n", "d", "rare"), [(60, 5, 0), (30, 50, 0), (60, 5, 14)])
def test_equals_its_steps(n, d, rare):
    """Discriminant, soft confidence, mixing with the other classes (each counts the same), discriminant."""
    sample = clustered_sample(n=n, size=d, separation=1.5)
    kept = np.flatnonzero((sample.labels != 0) | (np.arange(n) >= 3 * rare))
    sample, n = replace(sample, features=sample.features[kept], labels=sample.labels[kept]), len(kept)
    y, x = sample.labels, sample.features.astype(float)
    x = x - x.mean(axis=0)
    x /= np.sqrt(np.square(x).sum() / n)
    shrinkage = np.exp(-5 * np.linalg.eigvalsh(within(x, y))[-1])
    confidence = softmax(fisher(x, y, shrinkage))[np.arange(n), y][:, None]
    means = np.stack([x[y == c].mean(axis=0) for c in range(3)])
    others = np.stack([np.delete(means, c, axis=0).mean(axis=0) for c in range(3)])[y]
    mixed = confidence * x + (1 - confidence) * others
    expected = fisher(mixed, y, shrinkage)[np.arange(n), y].mean()
    assert scorers.get("sfda").score(sample).value == pytest.approx(expected, rel=1e-6)


def test_is_a_probability():
    """Between zero and one, and near one for far classes."""
    sample = clustered_sample(separation=50.0)
    assert 0.9 < score("sfda", sample.features, sample.labels).value <= 1.0
