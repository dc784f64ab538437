"""Embeddings of image networks made of all blocks or stages."""

import copy

import pytest
import timm
import torch

from automl_tl.testing.tiny_models import tiny_image_model
from automl_tl.zoo.card import ImageInput, ModelCard
from automl_tl.zoo.timm_backbone import TimmBackbone
from automl_tl.zoo.timm_layers import forward_layers, layers_size, timm_layer_choices

OF_STAGES = ("test_resnet", "test_efficientnet", "test_convnext", "test_mambaout", "test_nfnet", "poolformer_s12")
OF_BLOCKS = ("test_vit", "test_vit2", "test_vit_relpos")


def build(architecture, layers="last", num_classes=7):
    card = ModelCard("timm", architecture, "image", architecture, "test", ImageInput((64, 64), layers=layers))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        kwargs = {"img_size": 64} if "vit" in architecture else {}
        return TimmBackbone(card, {"architecture": architecture, "kwargs": kwargs, "num_classes": num_classes})


@pytest.fixture
def pixels():
    return torch.randn(3, 3, 64, 64, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize(
    ("architecture", "expected"),
    [
        *((name, ("last", "stages")) for name in OF_STAGES),
        *((name, ("last", "mean")) for name in OF_BLOCKS),
        ("cait_xxs24_224", ("last",)),
        ("convmixer_768_32", ("last",)),
        ("crossvit_tiny_240", ("last",)),
        ("pit_ti_224", ("last",)),
        ("hrnet_w18_small", ("last",)),
    ],
)
def test_what_a_network_offers_follows_from_its_widths(architecture, expected):
    """Only what timm's own description allows, and nothing where blocks give something else than maps."""
    with torch.device("meta"):
        network = timm.create_model(architecture, num_classes=0)
    assert timm_layer_choices(network) == expected


@pytest.mark.parametrize("architecture", [*OF_STAGES, *OF_BLOCKS])
def test_every_choice_comes_from_one_pass_and_last_is_timms(architecture, pixels):
    """Size, card and both ways of asking agree; the source head looks at the last layer whatever is chosen."""
    network = build(architecture)
    reference = network.network.forward_head(network.network.forward_features(pixels), pre_logits=True)
    choices = network.layer_choices
    together, logits = network.embed_layers({"pixels": pixels}, choices)
    assert torch.equal(together["last"], reference)
    for layers in choices:
        backbone = build(architecture, layers)
        alone, same = backbone.embed_with_source({"pixels": pixels})
        assert alone.shape == (3, backbone.embedding_size)
        assert backbone.card.embedding_size == backbone.embedding_size
        assert torch.equal(alone, backbone({"pixels": pixels}))
        assert torch.allclose(alone, together[layers], atol=1e-6)
        assert torch.equal(same, logits)


@pytest.mark.parametrize("architecture", OF_BLOCKS)
def test_mean_is_over_the_embeddings_of_networks_that_end_earlier(architecture, pixels):
    """Cut after one block, after two and so on: the same network with fewer blocks."""
    backbone = build(architecture, "mean").double()
    cut = []
    for depth in range(1, len(backbone.network.blocks) + 1):
        shorter = copy.deepcopy(backbone.network)
        shorter.blocks = shorter.blocks[:depth]
        cut.append(shorter.forward_head(shorter.forward_features(pixels.double()), pre_logits=True))
    assert torch.allclose(backbone({"pixels": pixels.double()}), torch.stack(cut).mean(dim=0), atol=1e-12)


def test_stages_are_the_pooled_maps_of_equal_length(pixels):
    """Stem and the first three stages of a residual network by hand, then the embedding, which is the fourth."""
    backbone = tiny_image_model(size=64)
    backbone.choose_layers("stages")
    network = backbone.double().network
    values = network.act1(network.bn1(network.conv1(pixels.double())))
    parts = [values.mean(dim=(2, 3))]
    values = network.maxpool(values)
    for stage in (network.layer1, network.layer2, network.layer3, network.layer4):
        values = stage(values)
        parts.append(values.mean(dim=(2, 3)))
    expected = torch.cat([part / part.norm(dim=1, keepdim=True) for part in parts], dim=1)
    found = backbone({"pixels": pixels.double()})
    assert torch.allclose(found.square().mean(dim=1), torch.ones(3, dtype=torch.float64))
    found = found / found.norm(dim=1, keepdim=True) * 5**0.5
    assert torch.allclose(found, expected, atol=1e-9)
    assert found.shape[1] == sum(part.shape[1] for part in parts) == backbone.embedding_size


def test_the_scale_of_the_weights_before_a_stage_does_not_matter(pixels):
    """Otherwise one penalty for all dimensions would see the stage with the largest numbers only."""
    backbone = tiny_image_model(size=64)
    backbone.choose_layers("stages")
    before = backbone({"pixels": pixels})
    with torch.no_grad():
        backbone.network.layer4[0].bn2.weight.mul_(100.0)
        backbone.network.layer4[0].downsample[1].weight.mul_(100.0)
    assert torch.allclose(backbone({"pixels": pixels}), before, atol=1e-4)


def test_a_stage_of_zeros_stays_zeros_with_a_finite_gradient():
    """Dead units are no reason to lose a model."""
    backbone = tiny_image_model(size=64)
    backbone.choose_layers("stages")
    with torch.no_grad():
        backbone.network.bn1.weight.zero_()
        backbone.network.bn1.bias.fill_(-1.0)
    embedding = backbone({"pixels": torch.zeros(2, 3, 64, 64)})
    embedding.sum().backward()
    assert embedding[:, :64].eq(0).all()
    assert all(p.grad is None or p.grad.isfinite().all() for p in backbone.parameters())


@pytest.mark.parametrize("architecture", [*OF_STAGES[:4], *OF_BLOCKS])
def test_gradients_reach_every_parameter(architecture, pixels):
    """So each block can be fine-tuned, whatever the embedding is made of."""
    backbone = build(architecture, build(architecture).layer_choices[1])
    # A sum alone would not do: it says nothing to a normalisation.
    backbone({"pixels": pixels}).sin().sum().backward()
    assert [name for name, p in backbone.named_parameters() if p.grad is None] == []


def test_nothing_is_left_on_the_network(pixels):
    """Neither after a pass nor after one that fails."""
    network = tiny_image_model(size=64).network
    forward_layers(network, pixels, ("last", "stages"))
    with pytest.raises(RuntimeError):
        forward_layers(network, pixels[:, :1], ("stages",))
    assert not any(module._forward_hooks for module in network.modules())


def test_a_copy_embeds_for_itself(pixels):
    """Trials work on copies of a kept model."""
    first = build("test_vit", "mean")
    second = copy.deepcopy(first)
    with torch.no_grad():
        second.network.blocks[0].mlp.fc2.bias.add_(1.0)
    assert not torch.allclose(first({"pixels": pixels}), second({"pixels": pixels}))
    assert torch.equal(build("test_vit", "mean")({"pixels": pixels}), first({"pixels": pixels}))


def test_sizes_are_known_without_a_pass():
    """The catalog and the head ask for them."""
    network = tiny_image_model().network
    assert [layers_size(network, 16, layers) for layers in ("last", "stages")] == [16, 64 + 4 + 8 + 8 + 16]


@pytest.mark.parametrize("architecture", ["test_vit", "vit_tiny_patch16_224"])
def test_all_blocks_side_by_side_and_the_mean_of_the_last_four(architecture, pixels):
    """Each part is the embedding after one block; few blocks have no last four."""
    backbone = build(architecture)
    depth = len(backbone.network.blocks)
    assert backbone.further_layer_choices == (("last_4", "all") if depth > 4 else ("all",))
    found, _ = backbone.embed_layers({"pixels": pixels}, ("last", "mean", *backbone.further_layer_choices))
    parts = found["all"].reshape(3, depth, -1)
    cosine = torch.nn.functional.cosine_similarity(parts[:, -1], found["last"])
    assert cosine.tolist() == pytest.approx([1.0] * 3, abs=1e-5)
    backbone.choose_layers("all")
    assert backbone.embedding_size == found["all"].shape[1]
    assert torch.equal(backbone({"pixels": pixels}), found["all"])
    if depth > 4:
        ending = build(architecture)
        ending.network.blocks = ending.network.blocks[: depth - 4]
        before = ending({"pixels": pixels})
        assert not torch.allclose(found["last_4"], found["mean"])
        earlier = torch.nn.functional.cosine_similarity(parts[:, depth - 5], before)
        assert earlier.tolist() == pytest.approx([1.0] * 3, abs=1e-5)


def test_stages_of_several_widths_have_no_further_choices():
    """Their ``stages`` already are all of them."""
    assert build("test_resnet").further_layer_choices == ()
