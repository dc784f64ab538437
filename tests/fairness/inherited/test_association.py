"""Association tests: p-values decide, not effect sizes."""

from itertools import combinations

import numpy as np
import pytest

from automl_tl.errors import InvalidInput
from automl_tl.fairness.inherited.association import AssociationTest, association, association_tests


def leaning(rng, strength, words=8, size=24):
    """Embeddings whose targets lean to their attributes."""
    axis = rng.normal(size=size)
    sides = (1, -1, 1, -1)
    return [rng.normal(size=(words, size)) + strength * side * axis for side in sides]


def test_an_association_is_found():
    """And its mirror too: two-sided."""
    first, second, a, b = leaning(np.random.default_rng(0), 0.8)
    effect, p_value, floor = association(first, second, a, b)
    assert effect > 1
    assert p_value == pytest.approx(floor) == pytest.approx(2 / 12870)
    assert association(second, first, a, b)[0] == pytest.approx(-effect)


def test_random_vectors_have_large_effects_and_honest_p_values():
    """200 tests of 4 words a side in 100 dimensions: |d| > 0.8 is common, p < 0.05 is not."""
    rng = np.random.default_rng(1)
    found = [association(*leaning(rng, 0.0, words=4, size=100)) for _ in range(200)]
    assert np.mean([abs(effect) > 0.8 for effect, _, _ in found]) > 0.15
    assert np.mean([p <= 0.05 for _, p, _ in found]) <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / 200)


def test_the_p_value_is_the_share_of_splits():
    """Enumerated by hand for three words a side, where the smallest possible one is 0.1."""
    first, second, a, b = leaning(np.random.default_rng(2), 0.3, words=3)
    unit = [block / np.linalg.norm(block, axis=1, keepdims=True) for block in (first, second, a, b)]
    both = np.concatenate(unit[:2])
    scores = (both @ unit[2].T).mean(axis=1) - (both @ unit[3].T).mean(axis=1)
    gaps = [abs(scores[list(c)].sum() - scores.mean() * 3) for c in combinations(range(6), 3)]
    _, p_value, floor = association(first, second, a, b)
    assert p_value == pytest.approx(np.mean(np.array(gaps) >= gaps[0] - 1e-12))
    assert floor == pytest.approx(0.1)


def embed(texts):
    """Words that begin with a or b point one way, the others the other way, plus noise by text."""
    rng = np.random.default_rng(0)
    noise = rng.normal(size=(len(texts), 6)) * 0.3
    noise[:, 0] += [1.0 if any(w[:1] in "ab" for w in text.lower().split()[-1:]) else -1.0 for text in texts]
    return noise


def test_words_are_embedded_in_sentences_and_tests_are_corrected():
    """Two tests, one of them real."""
    words = {letter: tuple(f"{letter}{i}" for i in range(6)) for letter in "abcdefgh"}
    real = AssociationTest("real", words["a"], words["c"], words["b"], words["d"])
    none = AssociationTest("none", words["e"], words["f"], words["g"], words["h"])
    found = association_tests(embed, (real, none), sentences=("This is {term}",), model="frozen")
    assert [row.verdict for row in found.rows] == ["violation", "no_evidence_of_violation"]
    assert found.rows[0].p_adjusted == pytest.approx(2 * found.rows[0].p_value)
    assert "real" in found.summary
    assert found.p_floor < 0.05


def test_words_too_few_for_any_verdict_are_not_silent():
    """Of three words a side no p-value is below 2 of 20 splits."""
    words = {letter: tuple(f"{letter}{i}" for i in range(3)) for letter in "efgh"}
    few = AssociationTest("few", words["e"], words["f"], words["g"], words["h"])
    found = association_tests(embed, (few,), sentences=("This is {term}",))
    assert found.p_floor == pytest.approx(0.1)
    assert (found.verdict, found.rows[0].verdict) == ("insufficient_evidence", "insufficient_evidence")


def test_shipped_tests_run():
    """On any embedding of texts."""
    assert len(association_tests(embed).rows) == 3


def test_one_word_is_no_group():
    """Two at least."""
    one = np.ones((1, 3))
    with pytest.raises(InvalidInput, match="at least two"):
        association(one, one, one, one)
