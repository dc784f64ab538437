"""A short pass over some of the target data that watches the model itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from automl_tl.data.dataset import Dataset, Example
from automl_tl.data.modalities.base import modalities
from automl_tl.errors import Cancelled, ModelUnavailable
from automl_tl.probe.familiarity import Familiarity
from automl_tl.zoo.backbone import Backbone, LoadedModel
from automl_tl.zoo.tokens import TextTokenizer

__all__ = ["gather_familiarity"]

_BATCH = 32


def gather_familiarity(
    loaded: LoadedModel,
    dataset: Dataset,
    rows: Sequence[int] | NDArray[np.int64],
    *,
    most: int = 256,
    seed: int = 0,
    cancelled: Callable[[], bool] | None = None,
) -> Familiarity:
    """Return how familiar these rows are to the model, by its normalisation layers, source head and tokenizer.

    Parameters
    ----------
    rows
        Row indices of the dataset, at least one; their labels are not looked at.
    most
        Examples to look at; of more rows a seeded draw. Batches are of 32.
    cancelled
        Asked before every batch.

    Raises
    ------
    DatasetError
        If a row cannot be read.
    ModelUnavailable
        If the model fails on the data.
    Cancelled
        If ``cancelled`` said so.
    """
    given = np.unique(np.asarray(rows, dtype=np.int64))
    chosen = np.sort(np.random.default_rng(seed).permutation(given)[:most])
    backbone, reader = loaded.backbone, modalities.get(dataset.modality)
    tokenizer = getattr(backbone, "tokenizer", None)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    backbone.eval().to(device)
    energies: list[torch.Tensor] = []
    counts: list[tuple[int, int]] = []
    try:
        with _watched_layers(backbone) as layers:
            for start in range(0, len(chosen), _BATCH):
                if cancelled is not None and cancelled():
                    raise Cancelled("embedding was asked to stop")
                examples = reader.read(dataset, [int(row) for row in chosen[start : start + _BATCH]])
                logits = _logits(backbone, examples, device)
                if logits is not None:
                    energies.append(logits.double().logsumexp(dim=1).cpu() - np.log(logits.shape[1]))
                if isinstance(tokenizer, TextTokenizer):
                    counts += [_tokens_and_words(tokenizer, str(text)) for text in examples]
    finally:
        backbone.to("cpu")
    divergences = [layer.divergence() for layer in layers if layer.count]
    return Familiarity(
        batch_norm=np.array(divergences) if divergences else None,
        negative_energy=torch.cat(energies).numpy() if energies else None,
        tokens=np.array([tokens for tokens, _ in counts], np.float64) if counts else None,
        words=np.array([words for _, words in counts], np.float64) if counts else None,
    )


def _logits(backbone: Backbone, examples: Sequence[Example], device: torch.device) -> torch.Tensor | None:
    try:
        batch = {name: tensor.to(device) for name, tensor in backbone.preprocess(examples).items()}
        with torch.inference_mode():
            return backbone.embed_with_source(batch)[1]
    except (RuntimeError, ValueError, IndexError, AssertionError) as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise ModelUnavailable(f"{backbone.card.id} fails on this data: {reason}") from error


class _WatchedLayer:
    """Sums of what one normalisation layer sees; they add up over batches."""

    def __init__(self, layer: _BatchNorm) -> None:
        self._layer = layer
        self.count = 0
        self._sum = torch.zeros(layer.num_features, dtype=torch.float64)
        self._squares = torch.zeros(layer.num_features, dtype=torch.float64)

    def __call__(self, _: nn.Module, inputs: tuple[torch.Tensor, ...]) -> None:
        values = inputs[0].detach().transpose(0, 1).flatten(1).double()
        self.count += values.shape[1]
        self._sum += values.sum(dim=1).cpu()
        self._squares += values.square().sum(dim=1).cpu()

    def divergence(self) -> float:
        """Return the mean over channels of ``KL(N(m, v) || N(running mean, running variance))``, in nats."""
        assert self._layer.running_mean is not None
        assert self._layer.running_var is not None
        mean = self._sum / self.count
        # The layer's own constant keeps channels that never vary finite, as it does in the network.
        variance = (self._squares / self.count - mean.square()).clamp(min=0.0) + self._layer.eps
        known = self._layer.running_var.double().cpu() + self._layer.eps
        shift = (mean - self._layer.running_mean.double().cpu()).square()
        divergences = ((variance + shift) / known - 1.0 - (variance / known).log()) / 2.0
        return float(divergences.clamp(min=0.0).mean())


@contextmanager
def _watched_layers(backbone: Backbone) -> Iterator[list[_WatchedLayer]]:
    """Yield a watcher for every batch normalisation that has running statistics; it is gone afterwards."""
    found = [
        module
        for module in backbone.modules()
        if isinstance(module, _BatchNorm) and module.running_var is not None
    ]
    watchers = [_WatchedLayer(module) for module in found]
    hooks = [module.register_forward_pre_hook(watcher) for module, watcher in zip(found, watchers, strict=True)]
    try:
        yield watchers
    finally:
        for hook in hooks:
            hook.remove()


def _tokens_and_words(tokenizer: TextTokenizer, text: str) -> tuple[int, int]:
    """Return how many tokens the words of a text take, and how many words there are."""
    spans, unknown = tokenizer.word_spans(text), tokenizer.unknown_token_id
    ids = tokenizer.batch([text])[0][0]
    tokens = 0
    for span in spans:
        known = unknown is None or all(ids[place] != unknown for place in span.tokens)
        tokens += len(span.tokens) if known else max(len(span.tokens), len(span.text))
    return tokens, len(spans)
