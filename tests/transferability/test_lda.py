"""The shrunk discriminant without its search is what refitting without each example gives."""

import numpy as np
import pytest
from sklearn.covariance import ledoit_wolf

from automl_tl.errors import ScoreUnavailable
from automl_tl.testing.scorer import ScorerContract, clustered_sample
from automl_tl.transferability import score
from automl_tl.transferability.base import scorers


class TestLdaContract(ScorerContract):
    scorer_name = "lda"


def refitted(features, classes):
    """Refit the discriminant N times with the penalty that Ledoit and Wolf give for all examples."""
    n, d = features.shape
    names = np.unique(classes)
    residual = features - np.stack([features[classes == c].mean(axis=0) for c in names])[classes]
    _, a = ledoit_wolf(residual, assume_centered=True)
    penalty = a / (1 - a) * np.square(residual).sum() / d
    right = []
    for i in range(n):
        kept = np.arange(n) != i
        x, y = features[kept], classes[kept]
        means = [x[y == c].mean(axis=0) for c in names]
        within = sum((x[y == c] - m).T @ (x[y == c] - m) for c, m in zip(names, means, strict=True))
        solved = [np.linalg.solve(within + penalty * np.eye(d), features[i] - m) for m in means]
        scores = [
            -0.5 * (n - len(names)) / (1 - a) * (features[i] - m) @ s + np.log((y == c).sum())
            for c, m, s in zip(names, means, solved, strict=True)
        ]
        right.append(names[np.argmax(scores)] == classes[i])
    return np.array(right, float)


@pytest.mark.parametrize(("n", "d"), [(60, 6), (36, 50)], ids=["N>D", "N<D"])
def test_equals_explicit_refits(n, d):
    """For every example."""
    sample = clustered_sample(n=n, size=d, separation=1.5)
    expected = refitted(sample.features.astype(float), sample.labels)
    assert scorers.get("lda").score(sample).contributions.tolist() == expected.tolist()


def test_large_samples_leave_out_a_part_of_their_examples(monkeypatch):
    """Each still by a classifier fitted to all the others."""
    sample = clustered_sample(n=300, separation=1.5)
    whole = scorers.get("lda").score(sample)
    monkeypatch.setattr("automl_tl.transferability.lda._MOST_LEFT_OUT", 100)
    part = scorers.get("lda").score(sample)
    assert len(part.contributions) == 100
    assert part.value == pytest.approx(whole.value, abs=4 * part.standard_error)


def test_classes_without_spread_are_refused():
    """Two points only: nothing tells how far is far."""
    with pytest.raises(ScoreUnavailable, match="spread within classes"):
        score("lda", np.repeat(np.eye(2), 4, axis=0), np.repeat([0, 1], 4))
