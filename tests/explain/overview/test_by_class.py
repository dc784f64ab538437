"""Mean maps and words of each class."""

import numpy as np
import pytest

from automl_tl.explain.base import Explanation
from automl_tl.explain.overview.by_class import adjusted_level, chance_of, class_maps, class_words, mean_interval


def entry(values, *, said="a", grid=None, names=None):
    values = np.asarray(values, dtype=float)
    return Explanation(
        row=0,
        row_id="0",
        modality="text" if grid is None else "image",
        true_class=said,
        predicted_class=said,
        runner_up_class="b",
        probability=0.9,
        feature_names=tuple(names or (f"p{i}" for i in range(len(values)))),
        values=np.stack([values, -values], axis=1),
        base_values=np.zeros(2),
        model_outputs=np.zeros(2),
        grid=grid,
        evaluations=1,
        baseline="x",
        output_names=(said, "b"),
    )


def test_maps_are_signed_means_with_intervals():
    """By class and grid, from three pictures on."""
    entries = [entry([1, -2, 0, 3 + i], grid=(2, 2)) for i in range(3)]
    entries += [entry([1, 1, 1, 1], said="b", grid=(2, 2))] * 2
    (found,) = class_maps(entries)
    assert (found.predicted_class, found.count, found.grid) == ("a", 3, (2, 2))
    assert found.mean.tolist() == [1, -2, 0, 4]
    assert found.low[3] < 3 < 5 < found.high[3]  # an interval at less than 95 % would be narrower
    assert found.low[0] == found.high[0] == 1


def test_a_word_counts_once_per_text():
    """Capitals make no difference; sentences, punctuation and rare words are left out."""
    entries = [
        entry([1.0, 2.0, 0.3], names=("Good", "good", ".")),
        entry([4.0, 0.5], names=("good", "rare")),
        entry([5.0, 0.1], names=("good", "a whole sentence")),
    ]
    (found,) = class_words(entries)
    assert found.count == 3
    assert [(word.word, word.texts, word.mean) for word in found.words] == [("good", 3, 4.0)]
    assert found.words[0].low < 4.0 < found.words[0].high


def test_words_come_by_the_size_of_their_mean():
    """For or against."""
    entries = [entry([1.0, -3.0], names=("x", "y"))] * 3
    assert [word.word for word in class_words(entries)[0].words] == ["y", "x"]
    assert class_words(entries, fewest=4) == ()


def test_the_interval_is_students():
    """Against scipy."""
    from scipy.stats import ttest_1samp

    values = np.random.default_rng(0).normal(size=12)
    mean, low, high = mean_interval(values[:, None])
    expected = ttest_1samp(values, 0).confidence_interval()
    assert (low[0], high[0]) == pytest.approx((expected.low, expected.high))
    assert mean[0] == pytest.approx(values.mean())


def test_few_of_many_words_without_influence_stand_out():
    """200 words that mean nothing, 100 times: hardly ever one whose interval excludes zero."""
    rng = np.random.default_rng(0)
    names = tuple(f"w{number}" for number in range(200))
    false = 0
    for _ in range(100):
        (found,) = class_words([entry(rng.normal(size=200), names=names) for _ in range(8)])
        false += any(word.low > 0 or word.high < 0 for word in found.words)
    assert false <= 11  # 5 % and two standard errors


def test_a_word_that_counts_stands_out_among_many():
    """It comes first, although others have larger means by chance."""
    rng = np.random.default_rng(0)
    names = ("key", *(f"w{number}" for number in range(60)))
    texts = [entry([0.5 + 0.02 * rng.normal(), *rng.normal(size=60)], names=names) for _ in range(8)]
    (found,) = class_words(texts)
    assert found.candidates == 61
    assert found.words[0].word == "key"
    assert found.words[0].low > 0


def test_intervals_exclude_zero_exactly_where_the_rule_finds_a_mean():
    """Against scipy's own false discovery control."""
    from scipy.stats import false_discovery_control

    rng = np.random.default_rng(1)
    values = rng.normal(size=(10, 64)) + np.where(np.arange(64) < 12, 1.5, 0.0)
    chances = [chance_of(column) for column in values.T]
    _, low, high = mean_interval(values, adjusted_level(chances))
    assert ((low > 0) | (high < 0)).tolist() == (false_discovery_control(chances) <= 0.05).tolist()


def test_an_interval_of_no_spread_is_a_point():
    """A patch that never counts is no finding."""
    assert chance_of(np.zeros(4)) == 1.0
    assert chance_of(np.ones(4)) == 0.0
    assert adjusted_level([1.0, 1.0]) == pytest.approx(0.025)
    assert adjusted_level([0.0, 0.0, 0.0, 1.0], most=1) == pytest.approx(0.05 / 4)
