"""Explanations as plain values, there and back through JSON."""

import json

import numpy as np

from automl_tl.explain.cases import Case
from automl_tl.explain.explainer import explain_one
from automl_tl.explain.plain import PlainExplanation, plain_explanation
from automl_tl.json_codec import from_plain, to_plain


def test_what_is_known_at_the_end_survives_json(image_model, bright_left):
    """Values, errors, checks and the picture."""
    entry = explain_one(image_model(), Case(3, "a.png", bright_left(), "left"), max_evals=400)
    plain = plain_explanation(entry)
    assert from_plain(PlainExplanation, json.loads(json.dumps(to_plain(plain)))) == plain
    assert plain.final
    assert plain.preview_png == entry.preview_png
    assert plain.grid == entry.grid
    assert plain.quality.verdict == entry.quality.verdict
    assert [curve.baseline for curve in plain.quality.curves] == ["blurred image", "mean colour"]
    assert np.allclose([part.values for part in plain.contributions], entry.values)
    assert np.allclose([part.standard_errors for part in plain.contributions], entry.standard_errors)


def test_what_is_known_by_the_way_has_no_checks(text_model):
    """Partial answers come after each round, their errors once there are two; they are not the last word."""
    heard = []
    text = " ".join(["good", "bad", "movie", "movie"] * 4)
    model = text_model()
    model.backbone.forward = lambda batch: _interacting(batch)
    final = explain_one(model, Case(0, "", text, ""), max_evals=200, check=False, hear=heard.append)
    assert heard
    partial = plain_explanation(heard[0], final=False)
    assert not partial.final
    assert partial.stopped == ""
    assert partial.quality is None
    assert partial.evaluations <= final.evaluations
    assert from_plain(PlainExplanation, json.loads(json.dumps(to_plain(partial)))) == partial


def test_unknown_figures_are_none_and_not_zero(image_model, bright_left):
    """One round gives no standard errors; a number has no probability."""
    entry = explain_one(image_model(), Case(0, "", bright_left(), ""), max_evals=130, check=False)
    plain = plain_explanation(entry)
    assert np.isnan(entry.standard_errors).all()
    assert {part.standard_errors for part in plain.contributions} == {()}
    assert plain.quality is None


def _interacting(batch):
    shown = (batch["input_ids"] > 3).float()
    return (shown.cumsum(dim=1) * shown).sum(dim=1, keepdim=True) ** 1.5 / 100
