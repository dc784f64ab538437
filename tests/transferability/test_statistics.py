"""Parts of a sample add up to the whole, and class moments are all that some scores need."""

from dataclasses import fields

import numpy as np
import pytest

from automl_tl.errors import InvalidInput, NotFound, ScoreUnavailable
from automl_tl.testing.scorer import clustered_sample
from automl_tl.transferability import score, score_statistics, sufficient_statistics
from automl_tl.transferability.statistics import shared_statistics


def task(n=400, size=12, n_classes=7, offset=3.0):
    rng = np.random.default_rng(0)
    labels = rng.integers(0, n_classes, n) * 3
    return rng.normal(size=(n, size)) + rng.normal(size=(50, size))[labels] + offset, labels


def merged(features, labels, shards=8):
    parts = np.array_split(np.arange(len(labels)), shards)
    found = [sufficient_statistics(features[rows], labels[rows]) for rows in parts]
    return sum(found[1:], found[0])


def assert_equal(a, b, rel):
    for each in fields(a):
        ours, theirs = np.asarray(getattr(a, each.name)), np.asarray(getattr(b, each.name))
        assert np.abs(ours - theirs).max() <= rel * np.abs(theirs).max(), each.name


@pytest.mark.parametrize("sort", [False, True], ids=["mixed", "shards of single classes"])
def test_eight_merged_shards_equal_one_pass(sort):
    """To 1e-12, also where a shard holds few of the classes."""
    features, labels = task()
    if sort:
        order = np.argsort(labels)
        features, labels = features[order], labels[order]
    assert_equal(merged(features, labels), sufficient_statistics(features, labels), 1e-12)


def test_equals_the_definitions():
    """Every field against its formula, written with loops."""
    features, labels = task(n=50)
    found = sufficient_statistics(features, labels)
    z = features - features.mean(axis=0)
    assert found.class_ids.tolist() == sorted(set(labels))
    assert found.counts.tolist() == [(labels == c).sum() for c in found.class_ids]
    assert found.mean == pytest.approx(features.mean(axis=0), rel=1e-12)
    assert found.scatter == pytest.approx(z.T @ z, rel=1e-12)
    assert found.gram == pytest.approx(features.T @ features, rel=1e-12)
    assert found.cubed == pytest.approx(sum((row @ row) * row for row in z), rel=1e-10)
    assert found.fourth == pytest.approx(sum((row @ row) ** 2 for row in z), rel=1e-12)
    for place, c in enumerate(found.class_ids):
        own = features[labels == c]
        assert found.class_means[place] == pytest.approx(own.mean(axis=0), rel=1e-12)
        assert found.class_spread[place] == pytest.approx(np.square(own - own.mean(axis=0)).sum(), rel=1e-11)


@pytest.mark.parametrize("name", ["logme", "hscore", "gbc"])
def test_merged_shards_score_like_the_embeddings(name):
    """To 1e-8."""
    features, labels = task()
    expected = score(name, features, labels).value
    assert score_statistics(name, merged(features, labels)).value == pytest.approx(expected, rel=1e-8)


@pytest.mark.parametrize("name", ["logme", "hscore", "gbc"])
def test_more_dimensions_than_examples_score_alike(name):
    """In the span of the examples, from their smaller Gram matrix, or from D x D moments of shards."""
    features, labels = task(n=30, size=60)
    expected = score(name, features, labels).value
    assert score_statistics(name, merged(features, labels, 3)).value == pytest.approx(expected, rel=1e-6)


def test_blocks_of_rows_change_nothing(monkeypatch):
    """Chunking bounds memory."""
    features, labels = task()
    whole = sufficient_statistics(features, labels)
    monkeypatch.setattr("automl_tl.transferability.blocks._NUMBERS", 1)
    assert_equal(sufficient_statistics(features, labels), whole, 1e-12)


def test_scores_of_one_sample_share_their_statistics():
    """Computed once per sample."""
    sample = clustered_sample()
    assert shared_statistics(sample) is shared_statistics(sample)


def test_refuses_what_cannot_be_scored():
    """In words, with the reason."""
    features, labels = task(n=20)
    found = sufficient_statistics(features, labels)
    with pytest.raises(ScoreUnavailable, match="single examples"):
        score_statistics("knn", found)
    with pytest.raises(NotFound, match="logme"):
        score_statistics("nope", found)
    with pytest.raises(ScoreUnavailable, match="same class"):
        score_statistics("logme", sufficient_statistics(features, np.zeros(20, int)))
    with pytest.raises(ScoreUnavailable, match="NaN"):
        sufficient_statistics(features * np.nan, labels)
    with pytest.raises(ScoreUnavailable, match="overflow"), np.errstate(over="ignore", invalid="ignore"):
        sufficient_statistics(features * 1e200, labels)
    with pytest.raises(InvalidInput, match="dimensions"):
        found + sufficient_statistics(features[:, :5], labels)
