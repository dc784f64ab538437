"""Explanations by other methods, asked for by name."""

import numpy as np
import pytest

from automl_tl.errors import FailedPrecondition
from automl_tl.explain.cases import Case
from automl_tl.explain.preview import preview_predictions


def preview(model, example, method, **options):
    settings = {"max_evals": 0, "remaining": lambda: float("inf"), "seed": 0, "check": True, "features": "grid"}
    return preview_predictions(
        model,
        [Case(0, "1", example, "x")],
        method=method,
        progress=lambda fraction, message: None,
        **{**settings, **options},
    )


def test_gradients_are_a_preview_with_its_own_verdict(image_model, bright_left):
    """Of a linear model they are the Shapley values; nothing that is not promised is called a failure."""
    (found,) = preview(image_model(), bright_left(), "integrated_gradients")
    assert found.method == "integrated gradients"
    assert found.quality.verdict == "faithful"
    heat = found.values[:, 0].reshape(8, 8)
    assert np.allclose(heat[:, 4:], 0, atol=1e-6)
    assert heat[2:6, :4].sum() > 0.5


def test_lime_works_for_every_model(text_model):
    """As many evaluations as asked."""
    (found,) = preview(text_model(), "good bad movie good", "lime", max_evals=200)
    assert found.method == "LIME-style"
    assert found.evaluations == 200
    assert np.argsort(found.values[:, 0]).tolist()[0] == 1


def test_what_a_model_does_not_allow_is_refused_with_a_way_out(text_model):
    """No gradients through a fake text model, no map in a text."""
    for method in ("integrated_gradients", "grad_cam"):
        with pytest.raises(FailedPrecondition, match="use shapley"):
            preview(text_model(), "good bad", method)


def test_no_time_no_preview(image_model, bright_left):
    """Nothing is returned and nothing raised."""
    assert preview(image_model(), bright_left(), "lime", remaining=lambda: 0.0) == ()


def test_an_empty_text_has_no_values(text_model):
    """And says why."""
    (found,) = preview(text_model(), "", "lime", check=False)
    assert found.values.shape == (0, 2)
    assert "no word" in found.notes[0]
