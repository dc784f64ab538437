"""A model made ready for being asked."""

import pytest
import torch

from automl_tl.errors import InvalidInput
from automl_tl.explain import subject as module
from automl_tl.explain.subject import Subject


def test_small_models_stay_in_float32(text_model, monkeypatch):
    """Even where bfloat16 is fast, a small model gains nothing by it."""
    monkeypatch.setattr(module, "multiplies_bfloat16", lambda device: True)
    assert Subject(text_model()).fast is None


def test_large_ones_compute_in_bfloat16_where_that_is_fast(text_model, monkeypatch):
    """The head stays in float32."""
    model = text_model()
    model.backbone.more = torch.nn.Parameter(torch.zeros(1_000_000))
    monkeypatch.setattr(module, "multiplies_bfloat16", lambda device: True)
    assert [network.precision for network in Subject(model).fast] == ["bfloat16"]
    monkeypatch.setattr(module, "multiplies_bfloat16", lambda device: False)
    assert Subject(model).fast is None


def test_random_weights_are_made_once_and_leave_the_model_alone(text_model):
    """The copy has other weights and the same head."""
    model = text_model()
    subject = Subject(model)
    before = model.backbone.weight.detach().clone()
    (network,) = subject.randomised
    assert torch.equal(model.backbone.weight, before)
    assert not torch.equal(network.backbone.weight, before)
    assert network.head is model.head
    assert subject.randomised is subject.randomised


def test_a_model_that_cannot_be_randomised_says_so(text_model):
    """None, and the check is reported as not made."""
    model = text_model()
    model.backbone = torch.nn.Linear(1, 1)
    assert Subject(model).randomised is None


def test_members_share_the_features_of_the_first(image_model, bright_left):
    """Another input size, the same patches."""
    model = image_model(side=32)
    model.members = (image_model(side=48),)
    first, second = Subject(model).maskers(bright_left())
    assert first.pixels.shape[1:] == (32, 32)
    assert second.pixels.shape[1:] == (48, 48)
    assert second.grid == first.grid
    assert second.regions[47, 47] == first.regions[31, 31] == 63
    assert second.regions[0, 0] == 0


def test_only_pictures_and_texts_are_explained(image_model):
    """The message names the type."""
    with pytest.raises(InvalidInput, match="float"):
        Subject(image_model()).maskers(1.5)
