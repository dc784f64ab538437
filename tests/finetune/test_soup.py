"""A soup's weights are the mean of its ingredients' weights."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch

from automl_tl.finetune.classifier import Classifier, random_head
from automl_tl.finetune.fitted import FittedModel
from automl_tl.finetune.soup import average, greedy_soup
from automl_tl.testing.strategy import tiny_image_backbone


def model(seed: int) -> FittedModel:
    backbone = tiny_image_backbone(seed=seed)
    head = random_head(2, backbone.embedding_size, seed=seed)
    return FittedModel.of(Classifier(backbone, head).eval(), ("a", "b"), notes={"seed": seed})


def test_every_weight_is_the_mean_and_the_ingredients_stay_as_they_were():
    first, second = model(0), model(1)
    before = {name: value.clone() for name, value in first.backbone.state_dict().items()}
    soup = average([first, second])
    ours, theirs = soup.backbone.state_dict(), second.backbone.state_dict()
    for name, value in before.items():
        assert torch.equal(first.backbone.state_dict()[name], value)
        if value.is_floating_point():
            torch.testing.assert_close(ours[name], (value + theirs[name]) / 2)
    np.testing.assert_allclose(soup.head.weight, (first.head.weight + second.head.weight) / 2, atol=1e-7)
    assert soup.notes == {"seed": 0}


def test_a_soup_of_one_model_answers_as_the_model():
    single, image = model(0), np.full((16, 16, 3), 90, dtype=np.uint8)
    assert average([single, single]).logits([image]) == pytest.approx(single.logits([image]), abs=1e-6)


def test_a_greedy_soup_takes_what_does_no_harm():
    """The figure here is the mean of the first bias: it may rise or stay, never fall."""
    models = [model(seed) for seed in range(3)]
    heights = (0.5, -1.0, 0.7)
    models = [
        dataclasses.replace(each, head=dataclasses.replace(each.head, bias=np.full(2, height, dtype=np.float32)))
        for each, height in zip(models, heights, strict=True)
    ]
    chosen = greedy_soup(
        models,
        lambda each: {"height": float(each.head.bias[0])},
        lambda ours, theirs: ours["height"] > theirs["height"] + 1e-6,
    )
    assert chosen == (0, 2)
