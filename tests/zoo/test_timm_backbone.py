"""timm networks behind the one interface."""

import json

import numpy as np
import pytest
import timm
import torch

from automl_tl.errors import ModelUnavailable
from automl_tl.testing.tiny_models import tiny_image_model
from automl_tl.zoo.card import ImageInput, ModelCard, TextInput
from automl_tl.zoo.timm_backbone import TimmBackbone

ARCHITECTURES = ("test_vit", "test_resnet", "test_efficientnet", "test_convnext", "test_mambaout")


def build(architecture, num_classes=7, size=96, **kwargs):
    card = ModelCard("timm", architecture, "image", architecture, "test", ImageInput((size, size)))
    config = {"architecture": architecture, "kwargs": kwargs, "num_classes": num_classes}
    return TimmBackbone(card, config)


def batch(backbone, n=2):
    images = np.random.default_rng(0).integers(0, 256, (n, 40, 40, 3), dtype=np.uint8)
    return backbone.preprocess(list(images))


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_embedding_and_logits_are_timms(architecture):
    """forward_head with pre_logits, and the classifier on top, in one pass."""
    reference = timm.create_model(architecture, num_classes=7).eval()
    backbone = build(architecture)
    backbone.load_native_state_dict(reference.state_dict())
    inputs = batch(backbone)
    with torch.inference_mode():
        embedding, logits = backbone.embed_with_source(inputs)
        expected = reference(inputs["pixels"])
    assert embedding.shape == (2, backbone.embedding_size)
    assert torch.allclose(logits, expected, atol=1e-5)


@pytest.mark.parametrize("architecture", [*ARCHITECTURES, "poolformer_s12"])
def test_blocks_hold_every_parameter_once_from_stem_to_end(architecture):
    """The source head is no block: it is never trained."""
    backbone = build(architecture, size=64)
    blocks = backbone.blocks()
    grouped = [id(parameter) for block in blocks for parameter in block.parameters]
    assert sorted(grouped) == sorted(id(parameter) for parameter in backbone.parameters())
    assert blocks[0].name == "stem"
    assert len({block.name for block in blocks}) == len(blocks) >= 3
    assert blocks[0].parameters[0] is next(backbone.parameters())


def test_blocks_come_in_the_order_of_the_forward_pass():
    """Stem, then the residual blocks of each stage."""
    assert [block.name for block in tiny_image_model().blocks()] == [
        "stem",
        "layer1.0",
        "layer2.0",
        "layer3.0",
        "layer4.0",
    ]


def test_the_source_head_is_saved_but_never_trained():
    """It is in the state, not among the parameters, and follows the model."""
    backbone = tiny_image_model(num_classes=5)
    assert {"source_head.weight", "source_head.bias"} <= set(backbone.state_dict())
    assert not any(name.startswith("source_head") for name, _ in backbone.named_parameters())
    assert backbone.double().source_head.weight.dtype == torch.float64


def test_a_dropped_source_head_leaves_no_trace():
    """Neither in the state nor in the config."""
    backbone = tiny_image_model(num_classes=5)
    backbone.drop_source_head()
    assert backbone.source_logits(batch(backbone)) is None
    assert backbone.config["num_classes"] == 0
    again = TimmBackbone(backbone.card, backbone.config)
    again.load_state_dict(backbone.state_dict())


def test_reinitialising_gives_fresh_weights_of_the_same_shape():
    """Same seed, same weights; the pretrained ones are gone, batch statistics included."""
    backbone = tiny_image_model(num_classes=5)
    with torch.no_grad():
        for value in backbone.state_dict().values():
            value.fill_(9)
    states = []
    for seed in (1, 1, 2):
        backbone.reinitialise(seed)
        states.append({key: value.clone() for key, value in backbone.state_dict().items()})
    first, same, other = states
    assert all(torch.equal(first[key], same[key]) for key in first)
    assert not torch.equal(first["network.conv1.weight"], other["network.conv1.weight"])
    assert not any((value == 9).all() for value in first.values())
    assert backbone.source_head is None


def test_reinitialising_leaves_the_global_random_state_alone():
    """Other draws of the process do not depend on it."""
    torch.manual_seed(0)
    expected = torch.rand(1)
    torch.manual_seed(0)
    tiny_image_model().reinitialise(5)
    assert torch.rand(1) == expected


def test_native_names_survive_a_round_trip():
    """What is written under timm's names loads into timm's own network."""
    backbone = tiny_image_model(num_classes=5)
    kwargs = backbone.config["kwargs"]
    timm.create_model("resnet18", num_classes=5, **kwargs).load_state_dict(backbone.native_state_dict())


def test_wrong_weights_name_the_first_key():
    """Missing, unexpected and misshapen tensors; nothing is copied then."""
    backbone = tiny_image_model(num_classes=5)
    before = backbone.network.conv1.weight.clone()
    good = {key: torch.zeros_like(value) for key, value in backbone.native_state_dict().items()}
    for spoil, key in (
        (lambda state: state.pop("conv1.weight"), "conv1.weight"),
        (lambda state: state.update(extra=torch.zeros(1)), "extra"),
        (lambda state: state.update({"fc.bias": torch.zeros(6)}), "fc.bias"),
    ):
        state = dict(good)
        spoil(state)
        with pytest.raises(ModelUnavailable) as caught:
            backbone.load_native_state_dict(state)
        assert caught.value.field == key
        assert repr(key) in caught.value.message
    assert torch.equal(backbone.network.conv1.weight, before)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"architecture": "no_such_net"}, "no architecture 'no_such_net'"),
        ({"architecture": "hf-hub:timm/resnet18.a1_in1k"}, "no architecture"),
        ({"kwargs": {"checkpoint_path": "weights.pth"}}, "'checkpoint_path' is not allowed"),
        ({"kwargs": {"pretrained": True}}, "'pretrained' is not allowed"),
        ({"kwargs": {"nonsense": 1}}, "cannot build"),
    ],
)
def test_configs_that_cannot_or_must_not_be_built_are_refused(change, reason):
    """A config comes from a file, so it may neither fetch nor open anything."""
    card = ModelCard("local", "x", "image", "resnet18", "resnet", ImageInput((32, 32)))
    with pytest.raises(ModelUnavailable, match=reason):
        TimmBackbone(card, {"architecture": "resnet18", "kwargs": {}, "num_classes": 0, **change})


def test_a_text_card_is_refused():
    """An image network has no use for tokens."""
    card = ModelCard("local", "x", "text", "resnet18", "resnet", TextInput())
    with pytest.raises(ModelUnavailable, match="image input"):
        TimmBackbone(card, {"architecture": "resnet18"})


def test_the_config_is_plain_json():
    """It is saved beside the weights."""
    backbone = tiny_image_model(num_classes=5)
    assert json.loads(json.dumps(backbone.config)) == backbone.config
    assert backbone.card.embedding_size == 16
    assert backbone.card.parameters == sum(p.numel() for p in backbone.network.parameters())
