"""Every text domain, held to the same rules."""

import numpy as np
import pytest

from automl_tl.zoo.starter.text_sources.base import part, text_sources

NAMES = ("documentation", "messages")


def test_the_two_domains_are_registered():
    """One file, one registration."""
    assert text_sources.names() == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_the_same_seed_gives_the_same_texts(name):
    """A model can only be reproduced if its data can."""
    first, labels = text_sources.get(name).sample(60, 3)
    again, same = text_sources.get(name).sample(60, 3)
    assert first == again
    np.testing.assert_array_equal(labels, same)
    assert first != text_sources.get(name).sample(60, 4)[0]


@pytest.mark.parametrize("name", NAMES)
def test_classes_are_even_and_named(name):
    """Labels index into the class names, each class as often as any other."""
    source = text_sources.get(name)
    classes = len(source.class_names)
    texts, labels = source.sample(2 * classes, 0)
    assert len(set(source.class_names)) == classes
    assert all(text.strip() for text in texts)
    np.testing.assert_array_equal(np.bincount(labels), 2)


@pytest.mark.parametrize("name", NAMES)
def test_partners_are_two_texts_that_differ(name):
    """A model learns nothing from finding a text again; the same seed gives the same pairs."""
    source = text_sources.get(name)
    pairs, labels = source.pairs(60, 3)
    again, same = source.pairs(60, 3)
    assert pairs == again
    np.testing.assert_array_equal(labels, same)
    assert len(labels) == 60
    assert np.mean([first != second for first, second in pairs]) > 0.95


@pytest.mark.parametrize("name", NAMES)
def test_partners_share_more_words_than_strangers(name):
    """They belong together, and a reader of the words can tell."""

    def shared(first, second):
        one, two = set(first.lower().split()), set(second.lower().split())
        return len(one & two) / len(one | two)

    pairs, _ = text_sources.get(name).pairs(300, 0)
    partners = np.mean([shared(*pair) for pair in pairs])
    strangers = np.mean([shared(pairs[n][0], pairs[n - 1][1]) for n in range(len(pairs))])
    assert partners > 1.2 * strangers


def test_fresh_texts_are_kept_out_of_training():
    """Where the domain is a finite collection, accuracy is measured on texts that training cannot draw."""
    source = text_sources.get("documentation")
    trained = {text for pair in source.pairs(4000, 0)[0] for text in pair} | set(source.sample(4000, 0)[0])
    fresh = source.sample(400, 1, fresh=True)[0]
    assert np.mean([text in trained for text in fresh]) < 0.1


def test_parts_are_disjoint_and_complete():
    """Every tenth text is fresh."""
    texts = [str(number) for number in range(25)]
    assert part(texts, True) == ("9", "19")
    assert sorted((*part(texts, True), *part(texts, False))) == sorted(texts)


@pytest.mark.parametrize("name", NAMES)
def test_labels_can_be_learnt_from_the_words(name):
    """Word counts tell the classes far better than chance: labels belong to their texts."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import RidgeClassifier
    from sklearn.pipeline import make_pipeline

    source = text_sources.get(name)
    texts, labels = source.sample(1500, 0)
    model = make_pipeline(TfidfVectorizer(), RidgeClassifier()).fit(texts[:1200], labels[:1200])
    assert model.score(texts[1200:], labels[1200:]) > 0.5
