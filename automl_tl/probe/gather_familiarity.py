"""A short pass over some of the target data that watches the model itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from automl_tl.data.dataset import Dataset, Example
from automl_tl.data.modalities.base import modalities
from automl_tl.errors import Cancelled, ModelUnavailable
from automl_tl.probe.failures import NETWORK_FAILURES, failed_on_data, reason_of
from automl_tl.probe.familiarity import Familiarity
from automl_tl.probe.passes import placed
from automl_tl.probe.watched_layers import watched_layers
from automl_tl.probe.word_likelihood import word_likelihoods
from automl_tl.zoo.backbone import Backbone, LoadedModel
from automl_tl.zoo.tokens import TextTokenizer

__all__ = ["gather_familiarity"]

_BATCH = 32
_MOST_TEXTS = 64


def gather_familiarity(
    loaded: LoadedModel,
    dataset: Dataset,
    rows: Sequence[int] | NDArray[np.int64],
    *,
    most: int = 256,
    seed: int = 0,
    hidden_words: bool = False,
    cancelled: Callable[[], bool] | None = None,
) -> Familiarity:
    """Return how familiar these rows are to the model, by its normalisation layers, source head and tokenizer.

    Parameters
    ----------
    rows
        Row indices of the dataset, at least one; their labels are not looked at.
    most
        Examples to look at; of more rows a seeded draw. Batches are of 32.
    hidden_words
        Whether to ask the masked-language head, too, about words of at most 64 texts; that costs about 16 forward
        passes for each. A model that cannot answer has the reason in ``no_likelihoods``.
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
    drawn = np.random.default_rng(seed).permutation(given)[:most]
    chosen = np.sort(drawn)
    backbone, reader = loaded.backbone, modalities.get(dataset.modality)
    tokenizer = getattr(backbone, "tokenizer", None)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    energies: list[torch.Tensor] = []
    counts: list[tuple[int, int]] = []
    with placed(backbone, device), watched_layers(backbone) as layers:
        for start in range(0, len(chosen), _BATCH):
            if cancelled is not None and cancelled():
                raise Cancelled("embedding was asked to stop")
            examples = reader.read(dataset, [int(row) for row in chosen[start : start + _BATCH]])
            logits = _logits(backbone, examples, device)
            if logits is not None:
                energies.append(logits.double().logsumexp(dim=1).cpu() - np.log(logits.shape[1]))
            if isinstance(tokenizer, TextTokenizer):
                counts += [_tokens_and_words(tokenizer, str(text)) for text in examples]
    divergences = [layer.divergence() for layer in layers if layer.count]
    likelihoods = _Likelihoods()
    if hidden_words:
        likelihoods = _likelihoods(loaded, dataset, np.sort(drawn[:_MOST_TEXTS]), seed, device, cancelled)
    return Familiarity(
        batch_norm=np.array(divergences) if divergences else None,
        negative_energy=torch.cat(energies).numpy() if energies else None,
        tokens=np.array([tokens for tokens, _ in counts], np.float64) if counts else None,
        words=np.array([words for _, words in counts], np.float64) if counts else None,
        word_likelihoods=likelihoods.sums,
        likely_words=likelihoods.words,
        no_likelihoods=likelihoods.missing,
    )


@dataclass(frozen=True)
class _Likelihoods:
    """What :class:`Familiarity` says of hidden words."""

    sums: NDArray[np.float64] | None = None
    words: NDArray[np.float64] | None = None
    missing: str = ""


def _likelihoods(
    loaded: LoadedModel,
    dataset: Dataset,
    rows: NDArray[np.int64],
    seed: int,
    device: torch.device,
    cancelled: Callable[[], bool] | None,
) -> _Likelihoods:
    """Ask the masked-language head; where there is none, or it fails, the other evidence stays."""
    tokenizer = getattr(loaded.backbone, "tokenizer", None)
    if loaded.masked_language_model is None or not isinstance(tokenizer, TextTokenizer):
        return _Likelihoods(missing="the model comes without a masked-language head")
    if tokenizer.mask_token_id is None:
        return _Likelihoods(missing="the tokenizer has no mask token")
    texts = [str(text) for text in modalities.get(dataset.modality).read(dataset, [int(row) for row in rows])]
    try:
        model = loaded.masked_language_model()
        model.to(device)
        sums, words = word_likelihoods(model, tokenizer, texts, seed=seed, device=device, cancelled=cancelled)
    except ModelUnavailable as error:
        return _Likelihoods(missing=error.message)
    except NETWORK_FAILURES as error:
        return _Likelihoods(missing=f"the masked-language head fails on these texts: {reason_of(error)}")
    return _Likelihoods(sums, words)


def _logits(backbone: Backbone, examples: Sequence[Example], device: torch.device) -> torch.Tensor | None:
    try:
        batch = {name: tensor.to(device) for name, tensor in backbone.preprocess(examples).items()}
        with torch.inference_mode():
            return backbone.embed_with_source(batch)[1]
    except NETWORK_FAILURES as error:
        raise failed_on_data(backbone, error) from error


def _tokens_and_words(tokenizer: TextTokenizer, text: str) -> tuple[int, int]:
    """Return how many tokens the words of a text take, and how many words there are."""
    spans, unknown = tokenizer.word_spans(text), tokenizer.unknown_token_id
    ids = tokenizer.batch([text])[0][0]
    tokens = 0
    for span in spans:
        known = unknown is None or all(ids[place] != unknown for place in span.tokens)
        tokens += len(span.tokens) if known else max(len(span.tokens), len(span.text))
    return tokens, len(spans)
