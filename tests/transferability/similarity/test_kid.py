"""Unbiased kernel distance to a source sample."""

from dataclasses import replace

import numpy as np
import pytest

from automl_tl.errors import ScoreUnavailable
from automl_tl.testing.scorer import ScorerContract, clustered_sample
from automl_tl.transferability.base import scorers
from automl_tl.transferability.similarity import kid
from automl_tl.transferability.similarity.kid import kernel_distance
from automl_tl.zoo.card import Fingerprint


class TestKernelSimilarityContract(ScorerContract):
    scorer_name = "kid"
    uses_labels = False
    scale_invariant = False  # the fingerprint has the model's own scale


def by_definition(first, second):
    """Return the estimate from three whole kernel matrices."""
    kernels = [(a @ b.T / a.shape[1] + 1) ** 3 for a, b in ((first, first), (second, second), (first, second))]
    m, n = len(first), len(second)
    off = [(kernel.sum() - np.trace(kernel)) for kernel in kernels[:2]]
    return off[0] / (m * (m - 1)) + off[1] / (n * (n - 1)) - 2 * kernels[2].mean()


def test_one_dimension_by_hand():
    """Points 0 and 1 against -1 and 1: kernels 1, 0 and mean(1, 1, 0, 8) = 2.5."""
    found = kernel_distance(np.array([[0.0], [1.0]]), np.array([[-1.0], [1.0]]))
    assert found.value == pytest.approx(1.0 + 0.0 - 2 * 2.5)


def test_blocks_add_up_to_the_whole(monkeypatch):
    """Rows are walked in blocks, and both samples may be larger than one."""
    monkeypatch.setattr(kid, "_CHUNK", 16)
    rng = np.random.default_rng(0)
    first, second = rng.normal(size=(50, 4)), rng.normal(size=(37, 4)) + 0.5
    found = kernel_distance(first, second)
    assert found.value == pytest.approx(by_definition(first, second), rel=1e-12)
    assert found.contributions.mean() == pytest.approx(found.value, abs=1e-12)


def test_the_variance_is_that_of_leaving_one_out():
    """Each example of either side left out in turn."""
    rng = np.random.default_rng(1)
    first, second = rng.normal(size=(9, 3)), rng.normal(size=(12, 3)) + 1
    sides = [
        [by_definition(np.delete(first, i, 0), second) for i in range(9)],
        [by_definition(first, np.delete(second, j, 0)) for j in range(12)],
    ]
    expected = sum((len(values) - 1) * np.var(values) for values in sides)
    assert kernel_distance(first, second).variance == pytest.approx(expected, rel=1e-9)


def test_is_unbiased_and_its_variance_is_honest():
    """Over many draws the mean meets the population's value, and the stated variance the one that is seen."""
    rng = np.random.default_rng(2)
    shift, draws = 0.5, 1500
    found = [kernel_distance(rng.normal(size=(30, 1)) + shift, rng.normal(size=(20, 1))) for _ in range(draws)]
    values = np.array([one.value for one in found])
    # E (xy + 1)^3 = E x^3 E y^3 + 3 E x^2 E y^2 + 3 E x E y + 1, with moments of N(0.5, 1) and N(0, 1).
    expected = (shift**3 + 3 * shift) ** 2 + 3 * (shift**2) ** 2 + 3 * shift**2
    assert values.mean() == pytest.approx(expected, abs=4 * values.std() / np.sqrt(draws))
    stated = np.mean([one.variance for one in found])
    assert 0.9 < stated / values.var() < 1.6


def test_equal_domains_are_around_zero():
    """Both signs occur: the estimate is unbiased, not a distance that cannot be negative."""
    rng = np.random.default_rng(3)
    values = [kernel_distance(rng.normal(size=(20, 5)), rng.normal(size=(25, 5))).value for _ in range(300)]
    assert abs(np.mean(values)) < 4 * np.std(values) / np.sqrt(300)
    assert min(values) < 0 < max(values)


def test_is_the_same_for_a_model_of_another_scale_and_place():
    """Embeddings and fingerprint times ten plus three describe the same closeness."""
    sample = clustered_sample()
    source = sample.fingerprint
    moved = Fingerprint(source.mean * 10 + 3, source.covariance * 100, 1000, source.sample * 10 + 3)
    larger = replace(sample, features=sample.features * 10 + 3, fingerprint=moved)
    assert scorers.get("kid").score(larger).value == pytest.approx(
        scorers.get("kid").score(sample).value, rel=1e-4
    )


def test_a_nearer_domain_scores_higher():
    """Moving the target away from the source lowers the score by more than its standard error."""
    sample = clustered_sample(separation=0.0)
    near, away = (scorers.get("kid").score(replace(sample, features=sample.features + by)) for by in (0, 1))
    assert near.value - away.value > 2 * away.standard_error > 0


def test_many_examples_are_thinned_alike_in_any_order(monkeypatch):
    """The choice follows the embeddings, not their places."""
    monkeypatch.setattr(kid, "_MOST_EXAMPLES", 20)
    sample = clustered_sample()
    turned = replace(sample, features=sample.features[::-1].copy(), labels=sample.labels[::-1].copy())
    scorer = scorers.get("kid")
    assert len(scorer.score(sample).contributions) == 20
    assert scorer.score(turned).value == pytest.approx(scorer.score(sample).value, rel=1e-9)


@pytest.mark.parametrize(
    ("source", "reason"),
    [(None, "moments only"), (np.zeros((5, 3), np.float32), "8 dimensions"), (np.zeros((1, 8)), "two examples")],
)
def test_an_unusable_source_sample_gets_a_reason(source, reason):
    """Fingerprints of earlier versions hold moments only."""
    sample = clustered_sample()
    with pytest.raises(ScoreUnavailable, match=reason):
        scorers.get("kid").score(replace(sample, fingerprint=replace(sample.fingerprint, sample=source)))
