"""Interpolation starts at the pretrained model and ends at the fine-tuned one."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from automl_tl.errors import InvalidInput
from automl_tl.finetune.classifier import Classifier, random_head
from automl_tl.finetune.fitted import FittedModel
from automl_tl.finetune.wise import interpolate
from automl_tl.testing.strategy import tiny_image_backbone

IMAGE = np.arange(16 * 16 * 3, dtype=np.uint8).reshape(16, 16, 3)


def model(seed: int) -> FittedModel:
    backbone = tiny_image_backbone(seed=seed)
    head = random_head(2, backbone.embedding_size, seed=seed)
    return FittedModel.of(Classifier(backbone, head).eval(), ("a", "b"), notes={"seed": seed})


@pytest.mark.parametrize(("share", "same"), [(0.0, 0), (1.0, 1)])
def test_the_ends_are_the_two_models(share, same):
    ends = (model(0), model(1))
    between = interpolate(*ends, share)
    np.testing.assert_array_equal(between.logits([IMAGE]), ends[same].logits([IMAGE]))
    assert between.notes == {"seed": 1}


def test_in_the_middle_every_weight_is_the_mean_and_the_ends_stay_as_they_were():
    first, second = model(0), model(1)
    before = {name: value.clone() for name, value in second.backbone.state_dict().items()}
    middle = interpolate(first, second, 0.25)
    for name, value in before.items():
        assert torch.equal(second.backbone.state_dict()[name], value)
        if value.is_floating_point():
            expected = 0.75 * first.backbone.state_dict()[name] + 0.25 * value
            torch.testing.assert_close(middle.backbone.state_dict()[name], expected)
    np.testing.assert_allclose(middle.head.bias, 0.75 * first.head.bias + 0.25 * second.head.bias, atol=1e-7)


@pytest.mark.parametrize("share", [-0.1, 1.5])
def test_a_share_outside_is_refused(share):
    with pytest.raises(InvalidInput, match="share"):
        interpolate(model(0), model(1), share)
