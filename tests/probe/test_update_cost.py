"""What one update costs leaves the network as it was."""

import pytest
import torch
from PIL import Image

from automl_tl.probe.stopwatch import Stopwatch
from automl_tl.probe.update_cost import kept_bytes, optimiser_seconds, update_seconds


@pytest.fixture
def batch(image_model):
    """Two grey images, ready for the network, which is in evaluation mode."""
    image_model.backbone.eval()
    return image_model.backbone.preprocess([Image.new("RGB", (32, 32), (shade,) * 3) for shade in (90, 160)])


def state(network):
    """Return a copy of everything that the network holds."""
    return {name: value.clone() for name, value in network.state_dict().items()}


def test_nothing_changes(image_model, batch):
    """No weight, no running statistic, no stored gradient, no mode."""
    network = image_model.backbone
    before = state(network)
    kept_bytes(network, batch)
    assert update_seconds(network, batch, Stopwatch.ending_in(0.0)) > 0
    optimiser_seconds(list(network.parameters()))
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())
    assert all(weight.grad is None for weight in network.parameters())
    assert not network.training


def test_twice_the_batch_keeps_twice_the_bytes(image_model, batch):
    """Activations are per example, so one example foretells a batch; what is kept once is a few numbers."""
    one = kept_bytes(image_model.backbone, {"pixels": batch["pixels"][:1].clone()})
    assert one > 0
    assert kept_bytes(image_model.backbone, batch) == pytest.approx(2 * one, rel=0.01)


def test_the_first_layers_result_is_kept(image_model, batch):
    """The stem's convolution has 4 channels at half the resolution, needed by what follows."""
    assert kept_bytes(image_model.backbone, batch) > 2 * 4 * 16 * 16 * 4


def test_a_large_network_is_timed_on_a_part(monkeypatch):
    """And scaled up; the first tensor is always taken."""
    monkeypatch.setattr("automl_tl.probe.update_cost._SAMPLED_WEIGHTS", 10)
    timed = []
    median = Stopwatch.median
    monkeypatch.setattr(Stopwatch, "median", lambda *_, **__: timed.append(1) or 2.0)
    weights = [torch.nn.Parameter(torch.zeros(size)) for size in (8, 12, 30)]
    assert optimiser_seconds(weights) == pytest.approx(2.0 * 50 / 20)
    assert timed == [1]
    assert median is not Stopwatch.median
