"""Integrated gradients: a quick preview of Shapley values, by the gradient on the way from hidden to shown.

Sundararajan, Taly, Yan, "Axiomatic Attribution for Deep Networks", ICML 2017, equation 1, by the midpoint rule.
The members of an ensemble go that way together, each with its own preparation of the input; what their inputs
contribute to the joint answer adds up by feature.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from automl_tl.explain.clock import Remaining, require_time
from automl_tl.explain.maskers.base import Masker
from automl_tl.explain.maskers.pixels import PixelMasker
from automl_tl.explain.maskers.word_id import WordId
from automl_tl.explain.network import Network, differentiable_combined
from automl_tl.probe.precision import computing_in

__all__ = [
    "differentiable",
    "head_tensors",
    "integrated_gradients",
    "integrated_gradients_evaluations",
    "why_no_gradients",
]

_STEPS = 32
_CHUNK = 8


def integrated_gradients_evaluations(n_outputs: int) -> int:
    """Return the cost in forward passes of all members, a backward pass counted as two."""
    return _STEPS * (1 + 2 * n_outputs)


def differentiable(masker: Masker, network: Network) -> bool:
    """Return whether gradients can reach this kind of input through this kind of head."""
    if not hasattr(network.head, "weight"):
        return False
    return isinstance(masker, PixelMasker) or (isinstance(masker, WordId) and _word_table(network) is not None)


def why_no_gradients(players: Sequence[tuple[Masker, Network]]) -> str:
    """Return why integrated gradients of these members cannot be had, "" where they can."""
    out_of_reach = [place for place, player in enumerate(players, start=1) if not differentiable(*player)]
    if not out_of_reach:
        return ""
    if len(players) == 1:
        return "gradients cannot reach this model's input"
    return f"gradients cannot reach the input of model {out_of_reach[0]} of the ensemble's {len(players)}"


def integrated_gradients(
    players: Sequence[tuple[Masker, Network]],
    outputs: Sequence[int],
    *,
    link: str = "softmax",
    remaining: Remaining = lambda: float("inf"),
) -> NDArray[np.float64]:
    """Return contributions (F, K) to these outputs; they add up to the outputs' difference only nearly.

    Parameters
    ----------
    players
        A masker and its network, one pair per member of an ensemble; all maskers have the same features.
    link
        What makes answers of outputs, for ensembles.
    remaining
        Seconds left.

    Raises
    ------
    DeadlineReached
        If time is over before the last steps: a part of the way says nothing about the whole.
    """
    ways = [_way(masker, network) for masker, network in players]
    totals = [torch.zeros((len(outputs), *way.step.shape), device=way.step.device) for way in ways]
    for shares in torch.split((torch.arange(_STEPS) + 0.5) / _STEPS, _CHUNK):
        require_time(remaining, "the next steps of integrated gradients")
        for total, slopes in zip(totals, _slopes(ways, shares, outputs, link), strict=True):
            total += slopes / _STEPS
    found = [way.by_feature(total * way.step) for way, total in zip(ways, totals, strict=True)]
    return np.asarray(np.sum(found, axis=0), dtype=np.float64)


def head_tensors(network: Network) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the head's weight (C, D) and bias (C,) on the network's device."""
    head: Any = network.head
    weight, bias = (torch.as_tensor(np.asarray(each)) for each in (head.weight, head.bias))
    return weight.float().to(network.device), bias.float().to(network.device)


class _Way(ABC):
    """One member's input on its straight way from ``hidden`` to ``hidden + step``."""

    def __init__(self, network: Network, hidden: torch.Tensor, step: torch.Tensor) -> None:
        self.network, self.hidden, self.step = network, hidden, step

    @abstractmethod
    def embeddings(self, points: torch.Tensor) -> torch.Tensor:
        """Return the network's embeddings (B, D) of points (B, ...) on the way."""

    @abstractmethod
    def by_feature(self, contributions: torch.Tensor) -> NDArray[np.float64]:
        """Return contributions (K, ...) of the input's numbers as those of the features, (F, K)."""

    def points(self, shares: torch.Tensor) -> torch.Tensor:
        """Return points (B, ...) at these shares of the way."""
        wide = shares.to(self.step.device).reshape(-1, *[1] * self.step.ndim)
        return (self.hidden + wide * self.step).requires_grad_(True)

    def outputs(self, points: torch.Tensor) -> torch.Tensor:
        """Return the head's outputs (B, C)."""
        weight, bias = head_tensors(self.network)
        self.network.backbone.eval()
        with computing_in(self.network.precision, self.network.device):
            features = self.embeddings(points)
        return features.float() @ weight.T + bias


class _PixelWay(_Way):
    def __init__(self, masker: PixelMasker, network: Network) -> None:
        super().__init__(network, masker.hidden, masker.pixels - masker.hidden)
        self._regions, self._n_features = masker.regions.reshape(-1), masker.n_features

    def embeddings(self, points: torch.Tensor) -> torch.Tensor:
        features: torch.Tensor = self.network.backbone({"pixels": points})
        return features

    def by_feature(self, contributions: torch.Tensor) -> NDArray[np.float64]:
        per_pixel = contributions.sum(dim=1).reshape(len(contributions), -1).double().cpu().numpy()
        return _added_up(per_pixel, self._regions, self._n_features)


class _WordWay(_Way):
    def __init__(self, masker: WordId, network: Network) -> None:
        table = _word_table(network)
        assert table is not None
        ends = np.stack([np.zeros(masker.n_features, dtype=bool), np.ones(masker.n_features, dtype=bool)])
        self._table, self._batch, self._owner = table, masker.batch(ends), masker.owner
        self._n_features = masker.n_features
        with torch.no_grad():
            hidden, shown = table(self._batch["input_ids"])
        attention = self._batch["attention_mask"]
        if bool((attention[0] != attention[1]).any()):
            hidden = torch.where(torch.from_numpy(self._owner >= 0).to(shown.device)[:, None], 0.0, shown)
        super().__init__(network, hidden, shown - hidden)

    def embeddings(self, points: torch.Tensor) -> torch.Tensor:
        rows = {name: values[1:].expand(len(points), -1) for name, values in self._batch.items()}
        with _instead_of(self._table, points):
            features: torch.Tensor = self.network.backbone(rows)
        return features

    def by_feature(self, contributions: torch.Tensor) -> NDArray[np.float64]:
        per_token = contributions.sum(dim=2).double().cpu().numpy()[:, self._owner >= 0]
        return _added_up(per_token, self._owner[self._owner >= 0], self._n_features)


def _way(masker: Masker, network: Network) -> _Way:
    if isinstance(masker, PixelMasker):
        return _PixelWay(masker, network)
    assert isinstance(masker, WordId)
    return _WordWay(masker, network)


def _slopes(ways: Sequence[_Way], shares: torch.Tensor, outputs: Sequence[int], link: str) -> list[torch.Tensor]:
    """Return each member's gradients (K, ...) of the joint outputs, summed over these shares of the way."""
    points = [way.points(shares) for way in ways]
    with torch.enable_grad():
        told = [way.outputs(each).to(ways[0].step.device) for way, each in zip(ways, points, strict=True)]
        joint = differentiable_combined(link, told, [way.network.part for way in ways])
        found = [
            torch.autograd.grad(joint[:, index].sum(), points, retain_graph=place + 1 < len(outputs))
            for place, index in enumerate(outputs)
        ]
    return [
        torch.stack([slopes.sum(dim=0) for slopes in of_member]).float() for of_member in zip(*found, strict=True)
    ]


def _added_up(values: NDArray[np.float64], owner: NDArray[np.int64], n_features: int) -> NDArray[np.float64]:
    """Return the sums (F, K) of values (K, N) by the feature that each of N belongs to."""
    return np.stack([np.bincount(owner, each, minlength=n_features) for each in values], axis=1)


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
