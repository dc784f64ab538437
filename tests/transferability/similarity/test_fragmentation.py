"""Similarity by tokens per word."""

from dataclasses import replace

import numpy as np
import pytest

from automl_tl.errors import ScoreUnavailable
from automl_tl.probe.familiarity import Familiarity
from automl_tl.testing.scorer import ScorerContract, clustered_sample
from automl_tl.transferability.base import scorers


class TestFragmentationSimilarityContract(ScorerContract):
    scorer_name = "fragmentation"
    uses_labels = False


def scored(tokens, words):
    heard = Familiarity(tokens=np.array(tokens, float), words=np.array(words, float))
    return scorers.get("fragmentation").score(replace(clustered_sample(), familiarity=heard))


def test_long_texts_count_by_their_words():
    """9 tokens for 6 words, whichever text they stand in; empty texts change nothing."""
    assert scored([8, 1], [5, 1]).value == pytest.approx(-1.5)
    assert scored([8, 1, 0], [5, 1, 0]).value == pytest.approx(-1.5)


def test_the_standard_error_is_that_of_a_ratio():
    """Against the spread over resamples."""
    rng = np.random.default_rng(0)
    words = rng.integers(3, 30, 200)
    tokens = words + rng.binomial(words, 0.3)
    ratios = [tokens[rows].sum() / words[rows].sum() for rows in rng.integers(0, 200, (800, 200))]
    assert scored(tokens, words).standard_error == pytest.approx(np.std(ratios), rel=0.15)


@pytest.mark.parametrize(
    ("heard", "reason"),
    [(Familiarity(), "no tokenizer"), (Familiarity(tokens=np.zeros(2), words=np.zeros(2)), "no words")],
)
def test_images_and_empty_texts_get_a_reason(heard, reason):
    """There is nothing to break up."""
    with pytest.raises(ScoreUnavailable, match=reason):
        scorers.get("fragmentation").score(replace(clustered_sample(), familiarity=heard))
