"""One candidate in this process: load, measure, embed; whatever goes wrong is its own failure."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import replace

from automl_tl.data.dataset import Dataset
from automl_tl.errors import AutomlError, Cancelled, DeadlineReached
from automl_tl.pipeline.constraints import broken_by_cost
from automl_tl.pipeline.probing.request import ProbeOutcome, ProbeRequest
from automl_tl.probe.cache import EmbeddingCache
from automl_tl.probe.embeddings import Embeddings
from automl_tl.probe.extract import embed_layers
from automl_tl.probe.gather_familiarity import gather_familiarity
from automl_tl.probe.measure_cost import measure_cost
from automl_tl.search.runner import LoadModel
from automl_tl.transferability.base import ProbeSample
from automl_tl.transferability.layer_choice import choose_layers
from automl_tl.zoo.backbone import LoadedModel

__all__ = ["failure_of", "probe_model"]

_LOG = logging.getLogger(__name__)


def probe_model(
    request: ProbeRequest,
    dataset: Dataset,
    *,
    cache: EmbeddingCache | None,
    load_model: LoadModel,
    interrupted: Callable[[], bool] | None = None,
) -> ProbeOutcome:
    """Return what one candidate gives.

    Parameters
    ----------
    cache
        Where to look for rows first, and to store the union of old and new ones.
    load_model
        Gives the model of a card; may return the same object twice.
    interrupted
        Asked before every batch; raises DeadlineReached, or says that the job was cancelled.

    Raises
    ------
    Cancelled, DeadlineReached
        If ``interrupted`` said so. Everything else that goes wrong is the outcome's ``error``.
    """
    outcome = ProbeOutcome(request.card.id)
    try:
        began = time.perf_counter()
        loaded = load_model(request.card)
        outcome = replace(outcome, load_seconds=time.perf_counter() - began, revision=loaded.resolved_revision)
        outcome = _measured(outcome, request, loaded, dataset)
        if outcome.error:
            return outcome
        layers, found = _embedded(request, loaded, dataset, cache, interrupted)
        outcome = replace(outcome, embeddings=found[layers], layers=layers, fingerprint=loaded.fingerprint)
        if layers != loaded.backbone.layers and loaded.fingerprint is not None:
            outcome = replace(outcome, own=found[loaded.backbone.layers])
        return _asked(outcome, request, loaded, dataset, interrupted)
    except (Cancelled, DeadlineReached):
        raise
    except Exception as error:
        return replace(outcome, embeddings=None, error=failure_of(error))


def failure_of(error: Exception) -> str:
    """Return why a model takes no part, in words; the texts of foreign errors go into this process's log."""
    if isinstance(error, AutomlError):
        return error.message
    if isinstance(error, MemoryError):
        return "probing it needs more memory than there is"
    _LOG.error("a candidate failed", exc_info=error)
    return f"probing failed with an unexpected {type(error).__name__}; see the worker's log"


def _embedded(
    request: ProbeRequest,
    loaded: LoadedModel,
    dataset: Dataset,
    cache: EmbeddingCache | None,
    interrupted: Callable[[], bool] | None,
) -> tuple[str, Mapping[str, Embeddings]]:
    """Return what the embeddings shall be made of, and the embeddings of all choices, from one pass."""
    own, trial = loaded.backbone.layers, request.layer_trial
    offered = loaded.backbone.layer_choices
    choices = [own, *(name for name in (trial.among if trial else ()) if name in offered and name != own)]
    found = embed_layers(loaded, dataset, request.rows, layers=choices, cache=cache, cancelled=interrupted)
    if trial is None or len(found) == 1:
        return own, found
    if trial.forced:
        return choices[1], found
    samples = {name: ProbeSample(found[name].select(trial.rows), trial.labels) for name in choices}
    return choose_layers(samples), found


def _measured(outcome: ProbeOutcome, request: ProbeRequest, loaded: LoadedModel, dataset: Dataset) -> ProbeOutcome:
    """Return the outcome with the model's cost, and with an error if that breaks a limit."""
    asked = request.measuring
    if asked is None:
        return outcome
    cost = measure_cost(
        loaded, dataset, asked.rows, trial=asked.trial, threads=asked.threads, seconds=asked.seconds
    )
    reasons = "; ".join(breach.reason for breach in broken_by_cost(cost, asked.limits))
    return replace(outcome, cost=cost, error=reasons)


def _asked(
    outcome: ProbeOutcome,
    request: ProbeRequest,
    loaded: LoadedModel,
    dataset: Dataset,
    interrupted: Callable[[], bool] | None,
) -> ProbeOutcome:
    """Return the outcome with what the model itself tells; a model that fails at this is ranked without it."""
    asked = request.questions
    if asked is None:
        return outcome
    try:
        heard = gather_familiarity(
            loaded,
            dataset,
            asked.rows,
            seed=asked.seed,
            hidden_words=asked.hidden_words,
            cancelled=interrupted,
        )
    except (Cancelled, DeadlineReached):
        raise
    except AutomlError as error:
        return replace(outcome, remark=f"{outcome.model} tells nothing of the data: {error.message}")
    return replace(outcome, familiarity=heard)
