"""What cards say before any data are looked at."""

import math

import numpy as np
import pytest

from automl_tl.transferability.published import (
    FIGURES,
    published_evidence,
    published_values,
    size_evidence,
    static_values,
)
from automl_tl.zoo.card import ImageInput, ModelCard

IMAGENET = FIGURES[0]
TOP1, IN_R, SKETCH = IMAGENET
MTEB, SENTENCE = FIGURES[1][0], FIGURES[2][0]


def card(parameters=0, **prior):
    return ModelCard("timm", "some", "image", "net", "net", ImageInput(), parameters, prior=prior)


def odds(percent):
    return math.log(percent / (100 - percent))


def test_figures_become_log_odds():
    values = published_values([card(**{TOP1: 80.0}), card(**{TOP1: 50.0})], IMAGENET)
    assert values == pytest.approx([math.log(4), 0.0])


def test_figures_that_all_members_have_are_averaged():
    """Robustness on ImageNet-R is known of both, on sketches of one only."""
    cards = [card(**{TOP1: 80.0, IN_R: 40.0, SKETCH: 30.0}), card(**{TOP1: 70.0, IN_R: 35.0})]
    values = published_values(cards, IMAGENET)
    assert values == pytest.approx([(odds(80) + odds(40)) / 2, (odds(70) + odds(35)) / 2])


def test_a_figure_that_one_member_lacks_counts_for_none():
    """Else the hard data sets would pull down only those that were tried on them."""
    cards = [card(**{TOP1: 80.0, IN_R: 40.0}), card(**{TOP1: 79.0})]
    assert published_values(cards, IMAGENET) == pytest.approx([odds(80), odds(79)])


def test_a_card_without_the_first_figure_is_no_member():
    """Nor does what it lacks count against the others."""
    cards = [card(**{TOP1: 80.0, IN_R: 40.0}), card(**{IN_R: 50.0}), card(), None]
    values = published_values(cards, IMAGENET)
    assert values[0] == pytest.approx((odds(80) + odds(40)) / 2)
    assert np.isnan(values[1:]).all()


@pytest.mark.parametrize("percent", [0.0, 100.0, -3.0, 250.0])
def test_figures_that_are_no_percentages_are_none(percent):
    assert np.isnan(published_values([card(**{TOP1: percent})], IMAGENET)).all()


def test_nobody_and_nothing_published():
    assert published_values([], IMAGENET).shape == (0,)
    assert published_evidence([]) == []
    assert published_evidence([card(), None]) == []
    assert size_evidence([None, card()]) == []


def test_evidence_needs_two_cards_that_can_be_compared():
    assert published_evidence([card(**{TOP1: 80.0}), card()]) == []
    (found,) = published_evidence([card(**{TOP1: 80.0}), card(), card(**{TOP1: 70.0})])
    assert np.isfinite(found.values).tolist() == [True, False, True]
    assert not found.level_known
    assert found.covariance == pytest.approx(found.covariance[0, 0] * np.eye(3))


def test_a_card_takes_part_in_one_family_only():
    """The first one that it shares with another; the same model must not be counted twice."""
    cards = [
        card(**{MTEB: 60.0, SENTENCE: 65.0}),
        card(**{MTEB: 62.0}),
        card(**{SENTENCE: 61.0}),
        card(**{SENTENCE: 59.0}),
    ]
    first, second = published_evidence(cards)
    assert np.isfinite(first.values).tolist() == [True, True, False, False]
    assert np.isfinite(second.values).tolist() == [False, False, True, True]


def test_a_family_of_one_leaves_its_card_to_the_next():
    cards = [card(**{MTEB: 60.0, SENTENCE: 65.0}), card(**{SENTENCE: 61.0})]
    (found,) = published_evidence(cards)
    assert found.values == pytest.approx([odds(65), odds(61)])


def test_size_speaks_for_cards_without_figures_and_for_the_larger():
    cards = [card(10**6), card(10**7), card(10**8, **{TOP1: 80.0}), card(10**8, **{TOP1: 70.0}), card()]
    (found,) = size_evidence(cards)
    assert np.isfinite(found.values).tolist() == [True, True, False, False, False]
    assert found.values[1] > found.values[0]
    assert not found.level_known


def test_size_knows_less_than_figures():
    """Its errors are larger."""
    (size,) = size_evidence([card(10**6), card(10**7)])
    (figures,) = published_evidence([card(**{TOP1: 80.0}), card(**{TOP1: 70.0})])
    assert size.covariance[0, 0] > figures.covariance[0, 0]


def test_one_card_without_figures_has_no_other_to_compare_its_size_with():
    assert size_evidence([card(10**6), card(**{TOP1: 80.0}), card(**{TOP1: 70.0})]) == []


def test_a_figure_nobody_else_has_leaves_its_card_to_its_size():
    (found,) = size_evidence([card(10**6, **{TOP1: 80.0}), card(10**7)])
    assert np.isfinite(found.values).all()


def test_static_values_are_figures_else_sizes():
    assert static_values([card(9, **{TOP1: 60.0}), card(1, **{TOP1: 70.0})]).argmax() == 1
    assert static_values([card(9, **{SENTENCE: 60.0}), card(1)])[0] == pytest.approx(odds(60))
    assert static_values([card(9), card(1), None]).tolist() == [9.0, 1.0, 0.0]
