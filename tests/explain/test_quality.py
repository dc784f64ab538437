"""Checks of one explanation: each can fail, and says why."""

from dataclasses import replace

import numpy as np
import pytest

from automl_tl.explain.cases import Case
from automl_tl.explain.network import own_outputs
from automl_tl.explain.quality import Checked, check, relative_gap
from automl_tl.explain.question import question_for
from automl_tl.explain.samplers.base import Estimate
from automl_tl.explain.subject import Subject

TEXT = "good bad movie good movie bad movie good good bad movie movie"


@pytest.fixture
def checked(text_model):
    """Builds what is checked: the true word weights unless told otherwise."""

    def build(values=None, stability=1.0, own=None, promised=True, model=None, text=TEXT):
        subject = Subject(model or text_model())
        case = Case(0, "1", text, "x")
        maskers = subject.maskers(case.example)
        game = subject.game(maskers, subject.networks, lambda: float("inf"))
        outputs = own_outputs(subject.model, text) if own is None else own
        question = question_for(subject.model, own_outputs(subject.model, text))
        weights = {"good": 2.0, "bad": -3.0, "movie": 0.5}
        sign = 1 if question.indices[0] == 1 else -1
        truth = np.array([[sign * weights[word], -sign * weights[word]] for word in text.split()])
        estimate = Estimate(truth if values is None else values(truth), np.zeros_like(truth), stability)
        return Checked(subject, maskers, subject.networks, game, question, estimate, outputs, promised)

    return build


def forever():
    return float("inf")


def test_true_values_pass_every_check(checked):
    """Additive, stable, ahead of random orders under both baselines, and unlike those of random weights."""
    quality = check(checked(), remaining=forever)
    assert quality.verdict == "faithful"
    assert quality.reasons == ()
    assert quality.additivity_gap < 1e-6 < quality.additivity_limit == 1e-5
    assert [curve.baseline for curve in quality.curves] == ["mask token", "hidden from attention"]
    assert abs(quality.randomised_correlation) < 0.95
    assert quality.evaluations > 100


def test_values_that_miss_the_output_fail(checked):
    """An additivity gap above the limit is a failure for Shapley values, a remark for a preview."""
    quality = check(checked(lambda truth: truth * 1.01), remaining=forever)
    assert quality.verdict == "failed"
    assert "miss the model's own output" in quality.reasons[0]
    preview = check(checked(lambda truth: truth * 1.01, promised=False), remaining=forever)
    assert preview.verdict == "weak"


def test_the_wrong_sign_is_found_out(checked):
    """Insertion and deletion in the wrong order."""
    quality = check(checked(lambda truth: truth.mean(axis=0) * 2 - truth), remaining=forever)
    assert quality.verdict == "failed"
    assert any("order moves the model no more than other orders do on average" in r for r in quality.reasons)


@pytest.mark.parametrize(("stability", "verdict"), [(0.9, "faithful"), (0.5, "weak"), (0.1, "failed")])
def test_another_seed_must_say_the_same(checked, stability, verdict):
    """Unstable values are weak or worse."""
    assert check(checked(stability=stability), remaining=forever).verdict == verdict


def test_what_does_not_depend_on_the_weights_fails(checked, text_model):
    """Fresh random weights that are the trained ones again: the correlation is 1."""
    model = text_model()
    model.backbone.reinitialise = lambda seed: None
    quality = check(checked(model=model), remaining=forever)
    assert quality.randomised_correlation == pytest.approx(1.0)
    assert quality.verdict == "failed"
    assert "random weights" in quality.reasons[-1]


def test_few_features_correlate_by_chance(checked, text_model):
    """With four words a correlation says nothing and is not held against the explanation."""
    model = text_model()
    model.backbone.reinitialise = lambda seed: None
    quality = check(checked(model=model, text="good bad movie good"), remaining=forever)
    assert quality.verdict == "faithful"
    assert quality.randomised_correlation == pytest.approx(1.0)
    assert "random weights gets nearly the same values" in quality.reasons[-1]
    assert "may be chance" in quality.reasons[-1]


@pytest.mark.parametrize("text", ["", "good"])
def test_where_there_is_no_order_nothing_is_called_faithful(checked, text):
    """No order was compared with any other: as weak as any check that was not made, with its own reason."""
    quality = check(checked(text=text), remaining=forever)
    assert quality.verdict == "weak"
    assert quality.curves == ()
    assert quality.reasons == ("with fewer than two parts there is no order to check",)


def test_without_time_the_report_says_what_was_not_checked(checked):
    """Never a silent pass: the verdict is weak and each check is named."""
    case = checked()
    case.game.ends()
    quality = check(case, remaining=lambda: 0.0)
    assert quality.verdict == "weak"
    assert quality.curves == ()
    assert np.isnan(quality.randomised_correlation)
    assert len(quality.reasons) == 2


def test_two_parts_are_too_few_to_check_their_order(checked):
    """The right order and the wrong one alike: it is said, and nothing is called failed for that."""
    for values in (None, lambda truth: truth.mean(axis=0) * 2 - truth):
        quality = check(checked(values, text="good bad"), remaining=forever)
        assert quality.verdict == "weak"
        assert quality.reasons[0].startswith("too few parts to check the order")


def test_a_check_that_was_not_made_is_not_passed(checked, text_model, monkeypatch):
    """Without stability it is weak; what there cannot be for an input or a network only leaves its reason."""
    assert check(checked(), remaining=forever).verdict == "faithful"
    unstable = check(checked(stability=float("nan")), remaining=forever)
    assert (unstable.verdict, len(unstable.reasons)) == ("weak", 1)
    once = check(checked(model=text_model(mask_token=None)), remaining=forever)
    # A tokenizer without a mask token leaves one way to hide words.
    assert once.verdict == "faithful"
    assert "no second way to hide parts" in once.reasons[0]
    monkeypatch.setattr(Subject, "randomised", None)
    same = check(checked(), remaining=forever)
    assert (same.verdict, len(same.reasons)) == ("faithful", 1)
    assert "cannot be drawn anew" in same.reasons[0]


def test_what_anchoring_moved_is_part_of_the_gap(checked):
    """Anchored values add up whatever the faster precision misses."""
    case = checked()
    exact = case.game.ends()
    case.game.anchor(exact + np.array([[0.0], [0.6]]))
    values = case.estimate.values + np.full(case.estimate.values.shape, 0.6 / len(case.estimate.values))
    moved = replace(case, estimate=replace(case.estimate, values=values), own=case.own + 0.6)
    quality = check(moved, remaining=forever)
    assert quality.verdict == "failed"
    assert quality.additivity_gap == pytest.approx(0.6 / max(abs(exact[1] + 0.6)), rel=1e-3)


def test_the_gap_is_relative_to_what_counts_as_large():
    """The output's size, the difference that was shared out, or one unit."""
    own, base = np.array([10.0, 0.0]), np.array([0.0, 0.0])
    assert relative_gap(own + 0.1, own, base, 1.0) == pytest.approx(0.01)
    assert relative_gap(np.array([0.1]), np.array([0.0]), np.array([0.0]), 1.0) == pytest.approx(0.1)
    assert relative_gap(np.array([0.1]), np.array([0.0]), np.array([0.0]), 20.0) == pytest.approx(0.005)
