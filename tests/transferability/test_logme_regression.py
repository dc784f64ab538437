"""LogME on numbers instead of classes."""

from dataclasses import replace

import numpy as np
import pytest

from automl_tl.errors import ScoreUnavailable
from automl_tl.testing.scorer import ScorerContract, clustered_sample
from automl_tl.transferability import score
from automl_tl.transferability.logme import log_evidence


class TestLogMeRegressionContract(ScorerContract):
    scorer_name = "logme_regression"

    def test_names_of_the_classes_do_not_matter(self):
        """Numbers have no names: a unit c times smaller lowers the density by ln c instead."""
        sample = clustered_sample()
        scaled = replace(sample, labels=1000 * sample.labels)
        assert self.value(scaled) == pytest.approx(self.value(sample) - np.log(1000), rel=1e-9)


@pytest.mark.parametrize(("n", "d"), [(40, 6), (15, 40)])
def test_equals_the_evidence_of_its_targets(n, d):
    """The mean over examples and targets."""
    rng = np.random.default_rng(0)
    features, targets = rng.normal(size=(n, d)), rng.normal(size=(n, 2))
    expected = log_evidence(features, targets).log_evidence.mean() / n
    assert score("logme_regression", features, targets).value == pytest.approx(expected, rel=1e-9)


def test_embeddings_that_explain_the_target_score_higher():
    """Better than embeddings of noise."""
    rng = np.random.default_rng(0)
    features = rng.normal(size=(80, 5))
    target = features @ rng.normal(size=5) + 0.1 * rng.normal(size=80)
    noise = score("logme_regression", rng.normal(size=(80, 5)), target).value
    assert score("logme_regression", features, target).value > noise + 1


@pytest.mark.parametrize(
    ("labels", "reason"),
    [
        (np.ones(3), "same value"),
        (np.array([0.1, np.nan, 1.0]), "finite"),
        (np.arange(4.0), "shape"),
        (["a", "b", "c"], "numbers"),
    ],
)
def test_refuses_with_the_reason(labels, reason):
    """In words."""
    with pytest.raises(ScoreUnavailable, match=reason):
        score("logme_regression", np.eye(3), labels)
