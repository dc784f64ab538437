"""The job's own sentence pairs, put to the pretrained model: does it find the stereotype more natural?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray

from automl_tl.errors import AutomlError, Cancelled, DeadlineReached, ModelUnavailable
from automl_tl.fairness.findings import Inherited
from automl_tl.fairness.inherited import score_pairs, stereotype_pairs
from automl_tl.finetune.device import choose_device
from automl_tl.pipeline.bias.bench import AuditBench
from automl_tl.pipeline.bias.counterfactuals import NO_TIME, untested
from automl_tl.probe.failures import NETWORK_FAILURES, reason_of
from automl_tl.search.model_cache import load_from_source
from automl_tl.search.runner import LoadModel
from automl_tl.zoo.card import ModelCard
from automl_tl.zoo.tokens import TextTokenizer

__all__ = ["PRETRAINED", "ask_pairs"]

PRETRAINED = "pretrained model"

_KIND = "stereotype_pairs"
_CHUNK = 8
_FEWEST = 10

Pairs = list[tuple[str, str]]


def ask_pairs(
    bench: AuditBench, card: ModelCard, *, device: str = "auto", load_model: LoadModel = load_from_source
) -> tuple[Inherited, ...]:
    """Return one row on the job's pairs, () where it has none; a model that cannot be asked has the reason in it.

    The head that predicts hidden words belongs to pretraining: fine-tuning leaves it behind, so that there is no
    such test of the final model. Where time ends, the pairs that were scored by then are a random part.
    """
    pairs = [(pair.stereotype, pair.anti_stereotype) for pair in bench.inherited.stereotype_pairs]
    if not pairs:
        return ()
    np.random.default_rng(bench.seed).shuffle(pairs)
    what = f"{len(pairs)} sentence pairs"
    try:
        bench.check_time()
        score = _scorer(card, choose_device(device), load_model)
        scores = _scores(bench, score, pairs)
    except Cancelled:
        raise
    except DeadlineReached:
        return (untested(_KIND, PRETRAINED, what, NO_TIME),)
    except AutomlError as error:
        return (untested(_KIND, PRETRAINED, what, f"They could not be scored: {error.message}."),)
    except NETWORK_FAILURES as error:
        return (untested(_KIND, PRETRAINED, what, f"The model fails on them: {reason_of(error)}."),)
    found = stereotype_pairs(lambda _: scores, pairs[: len(scores)], model=PRETRAINED)
    if len(scores) < len(pairs):
        cut = f"{found.summary} Time was enough for these, drawn at random from {len(pairs)}."
        found = replace(found, summary=cut)
    return (found,)


def _scorer(
    card: ModelCard, device: torch.device, load_model: LoadModel
) -> Callable[[Pairs], NDArray[np.float64]]:
    loaded = load_model(card)
    tokenizer = getattr(loaded.backbone, "tokenizer", None)
    if loaded.masked_language_model is None or not isinstance(tokenizer, TextTokenizer):
        raise ModelUnavailable(f"{card.id} comes without a masked-language head")
    model = loaded.masked_language_model()
    model.to(device)
    return lambda pairs: score_pairs(model, tokenizer, pairs, device=device)


def _scores(bench: AuditBench, score: Callable[[Pairs], NDArray[np.float64]], pairs: Pairs) -> NDArray[np.float64]:
    """Return the scores of the first pairs, as many as time allows; raises DeadlineReached below ten."""
    done: list[NDArray[np.float64]] = []
    for start in range(0, len(pairs), _CHUNK):
        try:
            bench.check_time()
        except DeadlineReached:
            if start < _FEWEST:
                raise
            break
        done.append(score(pairs[start : start + _CHUNK]))
    return np.concatenate(done)
