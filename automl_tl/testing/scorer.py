"""Contract test of a transferability score: subclass ScorerContract and name the score."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from automl_tl.errors import ScoreUnavailable
from automl_tl.probe.familiarity import Familiarity
from automl_tl.transferability.base import ProbeSample, Scorer, TransferScore, scorers
from automl_tl.zoo.card import Fingerprint

__all__ = ["ScorerContract", "clustered_sample"]


def clustered_sample(
    *, n: int = 60, size: int = 8, n_classes: int = 3, separation: float = 3.0, seed: int = 0
) -> ProbeSample:
    """Return Gaussian clusters, one per class, with source probabilities, a fingerprint and familiarity.

    ``separation`` is the distance of the class centres from their mean, in standard deviations.
    """
    rng = np.random.default_rng(seed)
    labels = np.arange(n) % n_classes
    centres = rng.normal(size=(n_classes, size))
    centres *= separation / np.linalg.norm(centres, axis=1, keepdims=True)
    features = (rng.normal(size=(n, size)) + centres[labels]).astype(np.float32)
    logits = np.eye(n_classes)[labels] * separation + rng.normal(size=(n, n_classes))
    probs = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    source = _source_domain(size, seed)
    tokens, words = np.full(n, 7.0), np.full(n, 5.0)
    heard = Familiarity(
        np.array([0.5, 0.1]), logits.max(axis=1), tokens, words, -2.0 * words - logits[:, 0], words
    )
    return ProbeSample(features, labels.astype(np.int64), probs.astype(np.float32), source, seed, heard)


def _source_domain(size: int, seed: int) -> Fingerprint:
    """Return the fingerprint of a standard normal domain of two classes."""
    examples = np.random.default_rng(seed + 1).normal(size=(50, size)).astype(np.float32)
    prototypes = np.stack([np.ones(size), -np.ones(size)]).astype(np.float32)
    mean, covariance = np.zeros(size, np.float32), np.eye(size, dtype=np.float32)
    return Fingerprint(mean, covariance, 1000, examples, prototypes, np.array([400, 600]))


class ScorerContract:
    """What every score must do.

    ::

        class TestMyScore(ScorerContract):
            scorer_name = "my_score"
    """

    scorer_name: str
    uses_labels = True
    """False for a similarity score, which looks at the inputs only."""
    scale_invariant = True
    """Whether the value stays the same when all embeddings are multiplied by one number."""

    def scorer(self) -> Scorer:
        """Return the registered plug-in."""
        return scorers.get(self.scorer_name)

    def value(self, sample: ProbeSample) -> float:
        """Return the score, larger meaning better."""
        value = self.scorer().score(sample).value
        return value if self.scorer().higher_is_better else -value

    def test_is_registered_and_described(self) -> None:
        """The ranking and its report show name, summary and paper."""
        scorer = self.scorer()
        assert scorer.name == self.scorer_name
        assert scorer.summary
        assert scorer.reference
        assert scorer.weight >= 0

    def test_gives_a_finite_number_and_consistent_contributions(self) -> None:
        """Contributions, where given, have the value as their mean."""
        result = self.scorer().score(clustered_sample())
        assert isinstance(result, TransferScore)
        assert math.isfinite(result.value)
        if result.contributions is not None:
            assert result.contributions.mean() == pytest.approx(result.value, abs=1e-9)

    def test_same_sample_gives_same_score(self) -> None:
        """Nothing but the sample and its seed decides."""
        assert self.value(clustered_sample()) == self.value(clustered_sample())

    def test_leaves_the_sample_alone(self) -> None:
        """Scores share one sample, so none may write into it."""
        sample = clustered_sample()
        features, labels = sample.features.copy(), sample.labels.copy()
        self.scorer().score(sample)
        assert np.array_equal(sample.features, features)
        assert np.array_equal(sample.labels, labels)

    def test_separated_classes_score_higher_than_mixed_ones(self) -> None:
        """Embeddings that tell the classes apart are better."""
        if self.uses_labels:
            apart, mixed = clustered_sample(separation=6.0), clustered_sample(separation=0.0)
            assert self.value(apart) > self.value(mixed)

    def test_names_of_the_classes_do_not_matter(self) -> None:
        """Permuted class ids, with gaps, give the same score."""
        sample = clustered_sample()
        renamed = replace(sample, labels=np.array([70, 3, 41])[sample.labels])
        assert self.value(renamed) == pytest.approx(self.value(sample), rel=1e-9)

    def test_order_of_the_examples_does_not_matter(self) -> None:
        """Shuffled examples give the same score."""
        sample = clustered_sample()
        order = np.random.default_rng(1).permutation(len(sample.labels))
        probs = None if sample.source_probs is None else sample.source_probs[order]
        shuffled = replace(
            sample, features=sample.features[order], labels=sample.labels[order], source_probs=probs
        )
        assert self.value(shuffled) == pytest.approx(self.value(sample), rel=1e-6)

    @pytest.mark.parametrize("factor", [1e-3, 1e4])
    def test_scale_of_the_embeddings_does_not_matter(self, factor: float) -> None:
        """Networks differ in the size of their activations by orders of magnitude."""
        if self.scale_invariant:
            sample = clustered_sample()
            scaled = replace(sample, features=(sample.features * factor).astype(np.float32))
            assert self.value(scaled) == pytest.approx(self.value(sample), rel=1e-4)

    @pytest.mark.parametrize("bad", [np.nan, np.inf])
    def test_unusable_embeddings_get_a_reason(self, bad: float) -> None:
        """NaN and infinity are refused in words and never ranked."""
        sample = clustered_sample()
        features = sample.features.copy()
        features[5, 2] = bad
        with pytest.raises(ScoreUnavailable, match="NaN or infinity"):
            self.scorer().score(replace(sample, features=features))

    @pytest.mark.parametrize(
        "case", ["one class", "constant", "fewer than dimensions", "single examples", "zeros"]
    )
    def test_awkward_samples_give_a_number_or_a_reason(self, case: str) -> None:
        """Small and degenerate samples never crash a score."""
        sample = clustered_sample()
        n = len(sample.labels)
        awkward = {
            "one class": replace(sample, labels=np.zeros(n, np.int64)),
            "constant": replace(sample, features=np.ones_like(sample.features)),
            "fewer than dimensions": clustered_sample(n=9, size=40),
            "single examples": replace(sample, labels=np.arange(n)),
            "zeros": replace(sample, features=np.zeros_like(sample.features)),
        }[case]
        try:
            result = self.scorer().score(awkward)
        except ScoreUnavailable:
            return
        assert math.isfinite(result.value)
