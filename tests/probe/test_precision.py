"""Where bfloat16 is faster and safe."""

import pytest
import timm
import torch
from torch import nn

from automl_tl.errors import InvalidInput
from automl_tl.probe import precision
from automl_tl.probe.precision import choose_precision, computing_in
from automl_tl.testing.tiny_models import tiny_image_model, tiny_text_model

CPU, CUDA = torch.device("cpu"), torch.device("cuda")


@pytest.fixture(params=[True, False], ids=["AMX", "no AMX"])
def tiles(request, monkeypatch):
    monkeypatch.setattr(precision, "_has_tiles", lambda: request.param)
    return request.param


def test_large_networks_without_batch_normalisation_take_bfloat16_where_it_is_fast(tiles):
    """On a CPU only with matrix tiles."""
    assert choose_precision("auto", nn.Linear(1000, 1000), CPU) == ("bfloat16" if tiles else "float32")
    assert choose_precision("auto", timm.create_model("vit_tiny_patch16_224"), CPU) == (
        "bfloat16" if tiles else "float32"
    )


def test_small_and_batch_normalised_networks_stay_exact_on_a_cpu(tiles):
    """The shipped models give the same digits on every CPU."""
    assert choose_precision("auto", tiny_text_model(), CPU) == "float32"
    assert choose_precision("auto", tiny_image_model(), CPU) == "float32"
    batch_normalised = nn.Sequential(nn.Linear(1000, 1000), nn.BatchNorm1d(1000))
    assert choose_precision("auto", batch_normalised, CPU) == "float32"


def test_cuda_takes_bfloat16():
    """Whatever the network."""
    assert choose_precision("auto", tiny_image_model(), CUDA) == "bfloat16"


@pytest.mark.parametrize("asked", ["float32", "bfloat16"])
def test_what_is_asked_for_is_taken(asked):
    """On every device."""
    assert {choose_precision(asked, tiny_image_model(), device) for device in (CPU, CUDA)} == {asked}


def test_another_precision_is_refused():
    """With the known ones."""
    with pytest.raises(InvalidInput, match="auto, float32 or bfloat16 but got 'float16'"):
        choose_precision("float16", tiny_image_model(), CPU)


@pytest.mark.parametrize(("name", "dtype"), [("float32", torch.float32), ("bfloat16", torch.bfloat16)])
def test_the_context_computes_in_it(name, dtype):
    """Weights stay as they are."""
    layer = nn.Linear(4, 4)
    with computing_in(name, CPU):
        assert layer(torch.ones(1, 4)).dtype == dtype
    assert layer.weight.dtype == torch.float32
    assert layer(torch.ones(1, 4)).dtype == torch.float32
