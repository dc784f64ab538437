"""LEEP against its definition, and where copied code gives NaN."""

import numpy as np
import pytest

from automl_tl.errors import ScoreUnavailable
from automl_tl.testing.scorer import ScorerContract, clustered_sample
from automl_tl.transferability import score


class TestLeepContract(ScorerContract):
    scorer_name = "leep"


def as_defined(probs, labels):
    n, total = len(labels), 0.0
    joint = {(y, z): probs[labels == y, z].sum() / n for y in set(labels) for z in range(probs.shape[1])}
    for x, y in zip(probs, labels, strict=True):
        parts = (joint[y, z] / sum(joint[c, z] for c in set(labels)) * x[z] for z in range(len(x)) if x[z] > 0)
        total += np.log(sum(parts))
    return total / n


def test_equals_its_definition_with_a_dead_source_class():
    """The class without mass adds nothing."""
    sample = clustered_sample(separation=1.0)
    probs = np.insert(sample.source_probs.astype(float), 1, 0.0, axis=1)
    found = score("leep", sample.features, sample.labels, source_probs=probs)
    assert found.value == pytest.approx(
        as_defined(probs / probs.sum(axis=1, keepdims=True), sample.labels), rel=1e-9
    )
    assert found.standard_error > 0


def test_a_perfect_source_head_scores_zero():
    """Each source class means one target class."""
    labels = np.arange(12) % 3
    assert score("leep", np.eye(12), labels, source_probs=np.eye(3)[labels]).value == pytest.approx(0.0)


def test_a_model_without_source_head_is_not_applicable():
    """In words, so that the ranking can show them."""
    with pytest.raises(ScoreUnavailable, match="not applicable"):
        score("leep", np.eye(4), [0, 0, 1, 1])
