"""Candidates are judged by classifiers that never saw the example."""

from __future__ import annotations

import numpy as np

from automl_tl.pipeline.probing.merit import merit
from automl_tl.transferability.base import ProbeSample, scorers


def test_it_is_the_weighted_share_of_right_answers():
    """Of linear discriminant, ridge regression and nearest neighbours, example by example."""
    rng = np.random.default_rng(0)
    labels = np.arange(60) % 3
    features = (rng.normal(size=(3, 8))[labels] + 1.5 * rng.normal(size=(60, 8))).astype(np.float32)
    shown = {
        name: scorers.get(name).score(ProbeSample(features, labels)).contributions
        for name in ("linear_probe", "ridge_probe", "knn")
    }
    weights = {name: scorers.get(name).weight for name in shown}
    wanted = sum(weights[name] * right for name, right in shown.items()) / sum(weights.values())
    assert np.allclose(merit(features, labels), wanted)
    assert 0.0 < wanted.mean() < 1.0


def test_embeddings_of_which_nothing_can_be_learnt_are_never_right():
    """All the same, or not numbers: the candidate leaves at its first rung, the race goes on."""
    labels = np.arange(20) % 2
    assert merit(np.full((20, 4), np.nan, np.float32), labels).tolist() == [0.0] * 20
    assert merit(np.ones((20, 4), np.float32), labels).mean() <= 0.5
