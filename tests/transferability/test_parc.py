"""PARC against scipy's rank correlation of all pairs."""

import numpy as np
import pytest
from scipy.stats import spearmanr

from automl_tl.errors import ScoreUnavailable
from automl_tl.testing.scorer import ScorerContract, clustered_sample
from automl_tl.transferability import score
from automl_tl.transferability.base import scorers
from automl_tl.transferability.principal_components import principal_components


class TestParcContract(ScorerContract):
    scorer_name = "parc"


def test_equals_the_definition():
    """Spearman between the upper triangles of both distance matrices."""
    sample = clustered_sample(n=40, separation=1.0)
    reduced = principal_components(sample.features.astype(float), most=32)
    upper = np.triu_indices(40, 1)
    of_features = 1 - np.corrcoef(reduced)[upper]
    # Rounded, because equal distances that differ in the last digit are no ties to a rank correlation.
    of_labels = np.round(1 - np.corrcoef(np.eye(3)[sample.labels])[upper], 9)
    expected = 100 * spearmanr(of_features, of_labels).statistic
    assert scorers.get("parc").score(sample).value == pytest.approx(expected, rel=1e-6)


def test_large_samples_are_thinned_alike_for_one_seed(monkeypatch):
    """Pairs grow with the square."""
    monkeypatch.setattr("automl_tl.transferability.parc._MOST_EXAMPLES", 40)
    values = {scorers.get("parc").score(clustered_sample(n=90)).value for _ in range(2)}
    assert len(values) == 1


@pytest.mark.parametrize(
    ("features", "labels", "reason"),
    [
        (np.arange(6.0)[:, None], [0, 0, 0, 1, 1, 1], "two dimensions"),
        (np.eye(6), np.arange(6), "two examples"),
    ],
)
def test_refuses_what_has_no_correlation(features, labels, reason):
    """In words."""
    with pytest.raises(ScoreUnavailable, match=reason):
        score("parc", features, labels)
