"""Similarity by the words' probability to the masked-language head."""

from dataclasses import replace

import numpy as np
import pytest

from automl_tl.errors import ScoreUnavailable
from automl_tl.probe.familiarity import Familiarity
from automl_tl.testing.scorer import ScorerContract, clustered_sample
from automl_tl.transferability.base import scorers


class TestPseudoPerplexitySimilarityContract(ScorerContract):
    scorer_name = "pseudo_perplexity"
    uses_labels = False


def scored(likelihoods, words, **others):
    heard = Familiarity(
        word_likelihoods=np.array(likelihoods, float), likely_words=np.array(words, float), **others
    )
    return scorers.get("pseudo_perplexity").score(replace(clustered_sample(), familiarity=heard))


def test_the_value_is_minus_the_log_pseudo_perplexity_per_word():
    """Words of probability 1/8: the perplexity is 8 whichever text they stand in; empty texts change nothing."""
    eighth = np.log(1 / 8)
    assert scored([5 * eighth, eighth], [5, 1]).value == pytest.approx(-np.log(8))
    assert scored([5 * eighth, eighth, 0], [5, 1, 0]).value == pytest.approx(-np.log(8))


def test_the_standard_error_is_that_of_a_ratio():
    """Against the spread over resamples of the texts."""
    rng = np.random.default_rng(0)
    words = rng.integers(3, 30, 200)
    sums = np.array([-rng.exponential(3.0, count).sum() for count in words])
    ratios = [sums[rows].sum() / words[rows].sum() for rows in rng.integers(0, 200, (800, 200))]
    assert scored(sums, words).standard_error == pytest.approx(np.std(ratios), rel=0.15)


def test_contributions_are_one_per_example_or_none():
    """Otherwise the ranking would resample them beside the wrong examples."""
    assert scored([-1.0, -2.0], [1, 1]).contributions is None
    assert len(scorers.get("pseudo_perplexity").score(clustered_sample()).contributions) == 60


@pytest.mark.parametrize(
    ("heard", "reason"),
    [
        (Familiarity(), "no answers of a masked-language head"),
        (
            Familiarity(no_likelihoods="the tokenizer has no mask token"),
            "not applicable: the tokenizer has no mask",
        ),
        (Familiarity(word_likelihoods=np.zeros(2), likely_words=np.zeros(2)), "no words"),
    ],
)
def test_models_without_the_head_get_a_reason(heard, reason):
    """In the model's row; the ranking goes on."""
    with pytest.raises(ScoreUnavailable, match=reason):
        scorers.get("pseudo_perplexity").score(replace(clustered_sample(), familiarity=heard))
