"""Integrated gradients: a quick preview of Shapley values, by the gradient on the way from hidden to shown.

Sundararajan, Taly, Yan, "Axiomatic Attribution for Deep Networks", ICML 2017, equation 1, by the midpoint rule.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from automl_tl.explain.maskers.base import Masker
from automl_tl.explain.maskers.pixels import PixelMasker
from automl_tl.explain.maskers.word_id import WordId
from automl_tl.explain.network import Network
from automl_tl.probe.precision import computing_in

__all__ = ["differentiable", "head_tensors", "integrated_gradients", "integrated_gradients_evaluations"]

_STEPS = 32
_CHUNK = 8


def integrated_gradients_evaluations(n_outputs: int) -> int:
    """Return the cost in forward passes, a backward pass counted as two."""
    return _STEPS * (1 + 2 * n_outputs)


def differentiable(masker: Masker, network: Network) -> bool:
    """Return whether gradients can reach this kind of input through this kind of head."""
    if not hasattr(network.head, "weight"):
        return False
    return isinstance(masker, PixelMasker) or (isinstance(masker, WordId) and _word_table(network) is not None)


def integrated_gradients(masker: Masker, network: Network, outputs: Sequence[int]) -> NDArray[np.float64]:
    """Return contributions (F, K) to these outputs; they add up to the outputs' difference only nearly."""
    if isinstance(masker, PixelMasker):
        return _of_pixels(masker, network, outputs)
    assert isinstance(masker, WordId)
    return _of_words(masker, network, outputs)


def head_tensors(network: Network) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the head's weight (C, D) and bias (C,) on the network's device."""
    head: Any = network.head
    weight, bias = (torch.as_tensor(np.asarray(each)) for each in (head.weight, head.bias))
    return weight.float().to(network.device), bias.float().to(network.device)


def _of_pixels(masker: PixelMasker, network: Network, outputs: Sequence[int]) -> NDArray[np.float64]:
    step = masker.pixels - masker.hidden
    total = torch.zeros((len(outputs), *step.shape), device=step.device)
    for shares in _chunks(step.device):
        points = (masker.hidden + shares[:, None, None, None] * step).requires_grad_(True)
        total += _gradients({"pixels": points}, points, network, outputs) / _STEPS
    per_pixel = (total * step).sum(dim=1).reshape(len(outputs), -1).double().cpu().numpy()
    regions = masker.regions.reshape(-1)
    return np.stack([np.bincount(regions, each, minlength=masker.n_features) for each in per_pixel], axis=1)


def _of_words(masker: WordId, network: Network, outputs: Sequence[int]) -> NDArray[np.float64]:
    ends = np.stack([np.zeros(masker.n_features, dtype=bool), np.ones(masker.n_features, dtype=bool)])
    batch = masker.batch(ends)
    table = _word_table(network)
    assert table is not None
    with torch.no_grad():
        hidden, shown = table(batch["input_ids"])
    owner = masker.owner
    if bool((batch["attention_mask"][0] != batch["attention_mask"][1]).any()):
        hidden = torch.where(torch.from_numpy(owner >= 0).to(shown.device)[:, None], 0.0, shown)
    step = shown - hidden
    total = torch.zeros((len(outputs), *step.shape), device=step.device)
    for shares in _chunks(step.device):
        points = (hidden + shares[:, None, None] * step).requires_grad_(True)
        rows = {name: values[1:].expand(len(shares), -1) for name, values in batch.items()}
        with _instead_of(table, points):
            total += _gradients(rows, points, network, outputs) / _STEPS
    per_token = (total * step).sum(dim=2).double().cpu().numpy()[:, owner >= 0]
    tokens = owner[owner >= 0]
    return np.stack([np.bincount(tokens, each, minlength=masker.n_features) for each in per_token], axis=1)


def _gradients(
    batch: dict[str, torch.Tensor], points: torch.Tensor, network: Network, outputs: Sequence[int]
) -> torch.Tensor:
    """Return the gradients (K, ...) of each output, summed over the batch, with respect to ``points``."""
    weight, bias = head_tensors(network)
    network.backbone.eval()
    with torch.enable_grad():
        with computing_in(network.precision, network.device):
            features = network.backbone(batch)
        told = features.float() @ weight.T + bias
        found = [
            torch.autograd.grad(told[:, index].sum(), points, retain_graph=place + 1 < len(outputs))[0].sum(dim=0)
            for place, index in enumerate(outputs)
        ]
    return torch.stack(found).float()


def _chunks(device: torch.device) -> Iterator[torch.Tensor]:
    yield from torch.split((torch.arange(_STEPS, device=device) + 0.5) / _STEPS, _CHUNK)


def _word_table(network: Network) -> torch.nn.Module | None:
    """Return the module that turns token ids into vectors, None where the network does not say."""
    find = getattr(getattr(network.backbone, "network", None), "get_input_embeddings", None)
    try:
        table = find() if find is not None else None
    except (AttributeError, NotImplementedError):
        return None
    return table if isinstance(table, torch.nn.Module) else None


@contextmanager
def _instead_of(table: torch.nn.Module, vectors: torch.Tensor) -> Iterator[None]:
    handle = table.register_forward_hook(lambda module, inputs, output: vectors.to(output.dtype))
    try:
        yield
    finally:
        handle.remove()
