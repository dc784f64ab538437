"""What is said about a choice travels through JSON."""

from automl_tl.choice.base import ModelChoice, SearchInfluences, Surrogate
from automl_tl.json_codec import from_plain, to_plain


def test_the_chosen_surrogates_r2_is_reported():
    """Of the two that were measured."""
    assert Surrogate("extra_trees", 0.2, 0.7).r2 == 0.7
    assert Surrogate("gaussian_process", 0.8, 0.7).r2 == 0.8


def test_a_refusal_survives_json():
    """Missing figures come back as missing."""
    choice = ModelChoice(SearchInfluences("too_few_trials", "3 trials were measured", 3))
    assert to_plain(from_plain(ModelChoice, to_plain(choice))) == to_plain(choice)
