"""Grad-CAM against its formula."""

import numpy as np
import torch

from automl_tl.explain.alternatives.grad_cam import grad_cam, has_grad_cam
from automl_tl.explain.maskers.grid_blur import GridBlur
from automl_tl.finetune.workload import LinearHead
from automl_tl.zoo.card import ImageInput, ModelCard
from automl_tl.zoo.timm_backbone import TimmBackbone


def test_of_mean_pooling_it_is_the_head_times_the_map(tiny_game):
    """With average pooling the gradient is the head's weight over the number of places (Zhou et al., 2016)."""
    masker, network = tiny_game("image").players[0]
    inside = network.backbone.network
    with torch.no_grad():
        seen = inside.forward_features(masker.pixels[None])[0]
    weight = torch.from_numpy(network.head.weight[1])
    heat = torch.relu((weight[:, None, None] * seen).sum(dim=0)) / (seen.shape[1] * seen.shape[2])
    whole = torch.nn.functional.interpolate(heat[None, None], size=(32, 32), mode="bilinear")[0, 0]
    regions = masker.regions.reshape(-1)
    expected = np.bincount(regions, whole.numpy().reshape(-1)) / np.bincount(regions)
    assert np.allclose(grad_cam(masker, network, 1), expected, atol=1e-5)


class Model:
    def __init__(self, backbone):
        self.backbone = backbone
        weight = np.random.default_rng(0).normal(size=(2, backbone.embedding_size)).astype(np.float32)
        self.head = LinearHead(weight, np.zeros(2, dtype=np.float32))


def test_tokens_of_a_vision_transformer_are_a_map():
    """Prefix tokens are left out; the map has one value per patch."""
    from automl_tl.explain.network import Network

    card = ModelCard("local", "vit", "image", "vit_tiny_patch16_224", "vit", ImageInput(size=(32, 32)))
    kwargs = {"img_size": 32, "patch_size": 8, "embed_dim": 24, "depth": 1, "num_heads": 2}
    backbone = TimmBackbone(card, {"architecture": "vit_tiny_patch16_224", "kwargs": kwargs}).eval()
    network = Network(Model(backbone))
    masker = GridBlur(torch.rand(3, 32, 32), (4, 4))
    values = grad_cam(masker, network, 0)
    assert values.shape == (16,)
    assert (values >= 0).all()


def test_texts_have_none(tiny_game):
    """Words are no map."""
    assert has_grad_cam(*tiny_game("image").players[0])
    assert not has_grad_cam(*tiny_game("text").players[0])
