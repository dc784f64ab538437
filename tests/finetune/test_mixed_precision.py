"""Half precision trains what full precision trains; an overflow skips a step and shrinks the scale."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import nn

from automl_tl.finetune.mixed_precision import MixedPrecision, training_dtype
from automl_tl.testing.strategy import tiny_image_backbone

CPU = torch.device("cpu")


def steps(dtype: torch.dtype, count: int = 3) -> tuple[nn.Linear, MixedPrecision]:
    torch.manual_seed(0)
    model = nn.Linear(8, 2)
    optimiser = torch.optim.SGD(model.parameters(), lr=0.1)
    precision = MixedPrecision(tiny_image_backbone(), CPU, dtype)
    values = torch.randn(16, 8)
    for _ in range(count):
        optimiser.zero_grad()
        with precision.context():
            outputs = model(values)
        precision.backward(outputs.float().square().mean())
        precision.step(optimiser, lambda: None)
    return model, precision


def test_small_networks_train_in_float32_on_a_cpu():
    assert training_dtype(tiny_image_backbone(), CPU) is torch.float32
    assert MixedPrecision(tiny_image_backbone(), CPU).dtype is torch.float32


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_half_precision_takes_about_the_same_steps(dtype):
    (half, _), (full, _) = steps(dtype), steps(torch.float32)
    assert half.weight.dtype is torch.float32
    torch.testing.assert_close(half.weight, full.weight, atol=2e-2, rtol=2e-2)


def test_an_overflow_takes_no_step_and_halves_the_scale():
    model = nn.Linear(2, 1)
    before = copy.deepcopy(model.state_dict())
    precision = MixedPrecision(tiny_image_backbone(), CPU, torch.float16)
    optimiser = torch.optim.SGD(model.parameters(), lr=0.1)
    scale = float(precision.tensors()["scaler.scale"])
    precision.backward(model(torch.full((1, 2), 1e38)).sum() * 1e38)
    precision.step(optimiser, lambda: None)
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert float(precision.tensors()["scaler.scale"]) == scale / 2


def test_the_scale_survives_a_pause():
    _, precision = steps(torch.float16)
    other = MixedPrecision(tiny_image_backbone(), CPU, torch.float16)
    other.take(precision.tensors())
    assert other.tensors() == precision.tensors()
    assert steps(torch.bfloat16)[1].tensors() == {}


def test_grouped_convolutions_stay_in_float32_on_any_cpu(monkeypatch):
    monkeypatch.setattr("automl_tl.finetune.mixed_precision.choose_precision", lambda *_: "bfloat16")
    backbone = tiny_image_backbone()
    assert training_dtype(backbone, CPU) is torch.bfloat16
    backbone.extra = nn.Conv2d(4, 4, 3, groups=4)
    assert training_dtype(backbone, CPU) is torch.float32
