"""timm weights become loaded models."""

import pytest
import timm
import torch

from automl_tl.errors import ModelUnavailable
from automl_tl.testing.tiny_models import tiny_image_model
from automl_tl.zoo.card import ImageInput, ModelCard
from automl_tl.zoo.timm_load import load_native_timm, load_published_timm
from automl_tl.zoo.weights import Weights


def card(model):
    return ModelCard("timm", model, "image", model.split(".")[0], "test", ImageInput((96, 96)), location="/here")


def test_native_weights_are_loaded_with_their_digest():
    """The source head comes along; the path stays behind."""
    source = tiny_image_model(num_classes=5, seed=3)
    loaded = load_native_timm(
        card("resnet18"),
        Weights(source.native_state_dict(), "d" * 64),
        num_classes=5,
        kwargs=source.config["kwargs"],
    )
    for key, value in source.state_dict().items():
        assert torch.equal(loaded.backbone.state_dict()[key], value)
    assert loaded.weights_digest == "d" * 64
    assert loaded.backbone.card.location == ""


def test_published_weights_pass_through_timms_own_loading():
    """As the hub holds them, with the number of classes that timm states."""
    published = timm.create_model("test_resnet.r160_in1k")
    loaded = load_published_timm(
        card("test_resnet.r160_in1k"), Weights(published.state_dict(), "d" * 64), "commit"
    )
    x = torch.zeros(1, 3, 96, 96)
    with torch.inference_mode():
        assert torch.allclose(loaded.backbone.source_logits({"pixels": x}), published.eval()(x), atol=1e-5)
    assert loaded.resolved_revision == "commit"


def test_published_weights_of_another_model_are_refused():
    """In one sentence, without a page of keys."""
    other = timm.create_model("test_vit").state_dict()
    with pytest.raises(ModelUnavailable, match=r"timm:test_resnet\.r160_in1k") as caught:
        load_published_timm(card("test_resnet.r160_in1k"), Weights(other, "d"), "commit")
    assert "\n" not in caught.value.message
