"""How probable the words of texts are to a masked language model, each word given all the others.

Salazar, Liang, Nguyen, Kirchhoff: Masked Language Model Scoring. ACL 2020, https://arxiv.org/abs/1910.14659 (the
pseudo-log-likelihood); Kauf, Ivanova: A Better Way to Do Masked Language Model Scoring. ACL 2023,
https://arxiv.org/abs/2305.10588 (the tokens of a word from left to right).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from automl_tl.errors import Cancelled
from automl_tl.zoo.masked_lm import MaskedLanguageModel
from automl_tl.zoo.tokens import TextTokenizer, WordSpan

__all__ = ["word_likelihoods"]

_BATCH = 32
_TOKENS = 16
"""Hidden tokens per text, on average."""


def word_likelihoods(
    model: MaskedLanguageModel,
    tokenizer: TextTokenizer,
    texts: Sequence[str],
    *,
    seed: int = 0,
    device: torch.device,
    cancelled: Callable[[], bool] | None = None,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return per text the sum over its words of ``ln P(word | the other words)``, and its number of words.

    Parameters
    ----------
    tokenizer
        Has a mask token; words are as its ``word_spans`` gives them, after truncation.
    texts
        Of longer texts a seeded draw of words stands for all of them: as many as have about 16 tokens.
    cancelled
        Asked before every batch.

    Notes
    -----
    A token is predicted while it and the later tokens of its word are hidden, so that the logarithms of a word's
    tokens add up to that of the word. With one hidden token at a time the rest of a word gives it away, and a
    tokenizer gains by breaking words up. A character of a word that the vocabulary lacks is as probable as a token
    drawn at random: no model gains by knowing few words.

    Raises
    ------
    Cancelled
        If ``cancelled`` said so.
    """
    sums, words = np.zeros(len(texts)), np.zeros(len(texts))
    factors = np.ones(len(texts))
    questions: list[_Question] = []
    for number, text in enumerate(texts):
        spans = tokenizer.word_spans(text)
        if not spans:
            continue
        chosen = _drawn(spans, np.random.default_rng((seed, number)))
        words[number], factors[number] = len(spans), len(spans) / len(chosen)
        ids = tokenizer.batch([text])[0][0]
        for span in chosen:
            if any(ids[place] == tokenizer.unknown_token_id for place in span.tokens):
                sums[number] -= len(span.text) * math.log(model.vocabulary_size)
            else:
                questions += _questions(number, ids, span, _mask(tokenizer))
    questions.sort(key=lambda question: len(question.ids))
    for start in range(0, len(questions), _BATCH):
        if cancelled is not None and cancelled():
            raise Cancelled("embedding was asked to stop")
        batch = questions[start : start + _BATCH]
        np.add.at(sums, [question.text for question in batch], _answers(model, tokenizer, batch, device))
    return sums * factors, words


@dataclass(frozen=True)
class _Question:
    """Which token stood at ``place`` of the text's ``ids`` before it was hidden?"""

    text: int
    ids: NDArray[np.int64]
    place: int
    token: int


def _drawn(spans: Sequence[WordSpan], rng: np.random.Generator) -> list[WordSpan]:
    """Return words drawn without preference for short ones, so that their mean is that of all words."""
    tokens = sum(len(span.tokens) for span in spans)
    count = min(len(spans), max(1, _TOKENS * len(spans) // tokens))
    return [spans[place] for place in np.sort(rng.choice(len(spans), count, replace=False))]


def _questions(text: int, ids: NDArray[np.int64], span: WordSpan, mask: int) -> list[_Question]:
    found = []
    for first, place in enumerate(span.tokens):
        hidden = ids.copy()
        hidden[list(span.tokens[first:])] = mask
        found.append(_Question(text, hidden, place, int(ids[place])))
    return found


def _answers(
    model: MaskedLanguageModel, tokenizer: TextTokenizer, batch: Sequence[_Question], device: torch.device
) -> NDArray[np.float64]:
    width = max(len(question.ids) for question in batch)
    ids = torch.full((len(batch), width), tokenizer.pad_token_id)
    mask = torch.zeros_like(ids)
    for row, question in enumerate(batch):
        ids[row, : len(question.ids)] = torch.from_numpy(question.ids)
        mask[row, : len(question.ids)] = 1
    places = torch.tensor([question.place for question in batch])
    tokens = torch.tensor([question.token for question in batch])
    moved = (tensor.to(device) for tensor in (ids, mask, places, tokens))
    return np.asarray(model.log_probabilities(*moved).numpy(), dtype=np.float64)


def _mask(tokenizer: TextTokenizer) -> int:
    if tokenizer.mask_token_id is None:
        raise ValueError("the tokenizer has no mask token")
    return tokenizer.mask_token_id
