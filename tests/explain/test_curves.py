"""Insertion and deletion against other orders."""

import numpy as np
import pytest

from automl_tl.explain.curves import DRAWN_ORDERS, check_evaluations, insertion_deletion, verdict_of

WEIGHTS = np.array([4.0, -3.0, 2.0, 0.5, -0.5, 0.1, 0.0, -2.0, 1.0, -1.0])


def additive(masks):
    return 1 / (1 + np.exp(-(masks.astype(float) @ WEIGHTS)))


def test_true_contributions_are_faithful():
    """The exact order beats nine random ones, their reverses and its own."""
    result = insertion_deletion(additive, WEIGHTS, baseline="nothing")
    assert result.verdict == "faithful"
    assert result.gap > max(result.random_gaps)
    assert (len(result.random_gaps), result.once_in) == (19, 20)
    assert 0 <= result.deletion <= result.insertion <= 1
    assert result.baseline == "nothing"


def test_reversed_contributions_fail():
    """An explanation with the wrong sign is found out."""
    result = insertion_deletion(additive, -WEIGHTS)
    assert result.verdict == "failed"
    assert result.gap < 0


def test_the_area_is_that_of_the_curve():
    """One feature decides: shown first the answer is there from the first step on."""
    result = insertion_deletion(lambda masks: masks[:, 0].astype(float), np.array([1.0, 0.0]))
    assert result.insertion == pytest.approx(0.75)
    assert result.deletion == pytest.approx(0.25)


@pytest.mark.parametrize(("gap", "verdict"), [(0.5, "faithful"), (0.2, "weak"), (0.05, "failed")])
def test_the_verdict_compares_with_the_best_and_the_mean_order(gap, verdict):
    """Other orders had 0.1 on average and 0.3 at best."""
    assert verdict_of(gap, (-0.1, 0.0, 0.1, 0.2, 0.3)) == verdict


@pytest.mark.parametrize("drawn", DRAWN_ORDERS)
@pytest.mark.parametrize("n_features", [2, 3, 4, 5, 6, 7, 49, 50, 64])
def test_the_cost_is_as_announced(n_features, drawn):
    """No more coalitions than check_evaluations beyond the two ends: reverses ask none that were not asked."""
    seen = set()

    def answer(masks):
        seen.update(mask.tobytes() for mask in masks)
        return np.zeros(len(masks))

    insertion_deletion(answer, np.arange(n_features, dtype=float), drawn=drawn)
    assert len(seen) <= check_evaluations(n_features, drawn) + 2
    assert check_evaluations(64) == 120


@pytest.mark.parametrize(("weights", "others"), [([2.0, -1.0, 0.5], 5), ([2.0, -1.0, 0.5, 0.1], 23)])
@pytest.mark.parametrize("seed", range(8))
def test_of_a_few_parts_all_other_orders_are_asked(weights, others, seed):
    """The explained one is not among them: true contributions are faithful under every seed, turned ones fail."""
    exact = np.array(weights)
    result = insertion_deletion(lambda masks: 1 / (1 + np.exp(-(masks @ exact))), exact, seed=seed)
    assert (len(result.random_gaps), result.verdict) == (others, "faithful")
    turned = insertion_deletion(lambda masks: 1 / (1 + np.exp(-(masks @ exact))), -exact, seed=seed)
    assert turned.verdict == "failed"


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("sign", [1, -1])
def test_two_parts_have_one_other_order_which_proves_nothing(seed, sign):
    """Neither faithful nor failed, whichever way round."""
    result = insertion_deletion(lambda masks: masks @ np.array([0.5, 0.1]), sign * np.array([0.5, 0.1]), seed=seed)
    assert (len(result.random_gaps), result.verdict) == (1, "weak")


@pytest.mark.parametrize("seed", range(8))
def test_parts_that_contribute_the_same_make_no_other_order(seed):
    """Orders that only swap them are the explained one again, which none of the others may be."""
    exact = np.array([1.0, 1.0, 1.0, 1.0, 3.0])
    result = insertion_deletion(lambda masks: masks @ exact, exact, seed=seed)
    assert result.verdict == "faithful"
    none = insertion_deletion(lambda masks: masks.mean(axis=1), np.ones(6), seed=seed)
    assert (none.random_gaps, none.verdict) == ((), "weak")


@pytest.mark.parametrize("n_features", [5, 12, 49])
def test_a_reverse_has_the_opposite_gap(n_features):
    """Inserting in one order is deleting in the other, also where the parts cannot be halved."""
    weights = np.random.default_rng(n_features).normal(size=n_features)
    result = insertion_deletion(lambda masks: np.tanh(masks @ weights), weights)
    gaps = np.array([result.gap, *result.random_gaps])
    assert np.allclose(np.sort(gaps), -np.sort(gaps)[::-1], atol=1e-12)


def test_an_order_at_random_is_rarely_faithful():
    """Once in twenty, whatever the game: contributions that know nothing of it."""
    passed = 0
    for seed in range(400):
        generator = np.random.default_rng(seed)
        weights, guessed = generator.normal(size=(2, 12))
        result = insertion_deletion(lambda masks, w=weights: np.tanh(masks @ w), guessed, seed=seed + 1000)
        passed += result.verdict == "faithful"
    assert 8 <= passed <= 34
