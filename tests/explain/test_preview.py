"""Explanations by other methods, asked for by name."""

from dataclasses import replace

import numpy as np
import pytest

from automl_tl.errors import FailedPrecondition
from automl_tl.explain import preview as module
from automl_tl.explain.cases import Case
from automl_tl.explain.preview import preview_predictions
from automl_tl.finetune.classifier import random_head
from automl_tl.finetune.fitted import FittedModel
from automl_tl.testing.tiny_models import tiny_image_model


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


def test_lime_answers_by_what_it_knew_in_time(image_model, bright_left):
    """The clock here runs by evaluations: a batch fits, the second one does not; checks are left out."""
    model = image_model()
    (found,) = preview(model, bright_left(), "lime", remaining=lambda: 50.0 - model.backbone.calls)
    (fewer,) = preview(image_model(), bright_left(), "lime", max_evals=65)
    assert (found.evaluations, found.stopped) == (65, "deadline")
    assert model.backbone.calls == 2 + 1 + 64
    assert np.array_equal(found.values, fewer.values)
    assert fewer.stopped == "complete"
    assert found.quality.verdict == "weak"


def test_too_few_coalitions_for_lime_are_no_answer(image_model, bright_left):
    """Nothing is made up of the two ends."""
    model = image_model()
    late = preview(model, bright_left(), "lime", remaining=lambda: 3.0 - model.backbone.calls, check=False)
    assert late == ()
    assert model.backbone.calls == 3


def test_gradients_end_with_the_clock(image_model, bright_left):
    """Between two of their four chunks; half of the way is no answer."""
    model = image_model()
    found = preview(model, bright_left(), "integrated_gradients", remaining=lambda: 15.0 - model.backbone.calls)
    assert found == ()
    assert model.backbone.calls == 2 + 1 + 2 * 8


def test_maps_end_with_the_clock(tiny_pair, monkeypatch):
    """Between those of two outputs."""
    model, picture = tiny_pair
    left, made, plain = [1.0], [], module.grad_cam

    def last(*args):
        left[0] = 0.0
        made.append(args)
        return plain(*args)

    monkeypatch.setattr(module, "grad_cam", last)
    assert preview(model, picture, "grad_cam", remaining=lambda: left[0], check=False) == ()
    assert len(made) == 1


def test_an_empty_text_has_no_values(text_model):
    """And says why."""
    (found,) = preview(text_model(), "", "lime", check=False)
    assert found.values.shape == (0, 2)
    assert "no word" in found.notes[0]


def pair(model, beside):
    """Makes two models one, 70 : 30, as :class:`~automl_tl.FittedModel` does."""
    model.members, model.parts = (beside,), (0.7, 0.3)
    single = model.logits

    def logits(inputs):
        answers = [
            np.exp(each) / np.exp(each).sum(axis=1, keepdims=True)
            for each in (single(inputs), beside.logits(inputs))
        ]
        return np.log(0.7 * answers[0] + 0.3 * answers[1])

    model.logits = logits
    return model


def test_the_gradients_of_a_mixture_are_those_of_its_joint_answer(image_model, head, bright_left):
    """The usual final model: what is shared out is what the mixture says, over members of two picture sizes."""
    beside = image_model(side=24, head=head(weight=((1.0,), (-0.3,)), bias=(0.0, 0.2)))
    model = pair(image_model(), beside)
    (found,) = preview(model, bright_left(), "integrated_gradients")
    assert np.allclose(found.model_outputs, np.sort(model.logits([bright_left()])[0])[::-1], atol=1e-5)
    assert np.allclose(found.values.sum(axis=0), found.model_outputs - found.base_values, atol=1e-3)
    assert "joint answer" in found.notes[-1]
    assert found.quality.verdict != "failed"


def test_grad_cam_of_a_mixture_says_whose_it_is(tiny_pair):
    """Not of the joint answer."""
    model, picture = tiny_pair
    (found,) = preview(model, picture, "grad_cam", check=False)
    assert found.method == "Grad-CAM"
    assert "leading model alone" in found.notes[-1]
    (gradients,) = preview(model, picture, "integrated_gradients", check=False)
    assert "leading model alone" not in gradients.notes[-1]


@pytest.fixture
def tiny_pair():
    """Two real networks that answer half and half, and a picture."""
    models = []
    for seed in (0, 1):
        backbone = tiny_image_model(size=32, seed=seed).eval()
        models.append(FittedModel(backbone, random_head(2, backbone.embedding_size, seed=seed), ("a", "b")))
    picture = np.random.default_rng(1).integers(0, 256, (32, 32, 3)).astype(np.uint8)
    return replace(models[0], members=(models[1],), parts=(0.5, 0.5)), picture


def test_a_member_without_gradients_is_named(image_model, bright_left):
    """With a way out."""
    beside = image_model()
    beside.head = NoWeights()
    with pytest.raises(FailedPrecondition, match="model 2 of the ensemble's 2; use shapley or lime"):
        preview(pair(image_model(), beside), bright_left(), "integrated_gradients")


class NoWeights:
    link, unit = "softmax", (0.0, 1.0)

    def logits(self, features):
        return np.concatenate([features, -features], axis=1)
