"""PROBE: embed the target data with every candidate; what cannot be loaded is listed with its reason."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from automl_tl.errors import AutomlError, Cancelled, DeadlineReached
from automl_tl.json_codec import from_plain, to_plain
from automl_tl.pipeline.context import JobContext
from automl_tl.pipeline.costs import CostMeter, refuse_an_empty_field
from automl_tl.pipeline.events import CHECKPOINT_KIND
from automl_tl.pipeline.ports import ArtifactFile
from automl_tl.pipeline.spec import Stage
from automl_tl.pipeline.steps.ingest import Ingested
from automl_tl.probe.cost import ModelCost
from automl_tl.probe.embeddings import Embeddings
from automl_tl.probe.extract import embed
from automl_tl.probe.familiarity import Familiarity
from automl_tl.probe.gather_familiarity import gather_familiarity
from automl_tl.transferability.base import scorers
from automl_tl.zoo.backbone import LoadedModel
from automl_tl.zoo.card import Fingerprint, ModelCard
from automl_tl.zoo.sources.base import model_sources

__all__ = ["Probed", "publish", "run", "search_rows"]

_FILE = "probe.json"
_TOO_LATE = "not probed: the time set aside for probing was used up"


@dataclass(frozen=True)
class Probed:
    """Embeddings of train and validation rows by model id, and why the other models have none.

    ``costs`` holds what was measured of every model that was loaded, also of those that a limit kept out.
    """

    cards: Mapping[str, ModelCard]
    embeddings: Mapping[str, Embeddings]
    fingerprints: Mapping[str, Fingerprint]
    revisions: Mapping[str, str]
    failures: Mapping[str, str]
    familiarity: Mapping[str, Familiarity] = field(default_factory=dict)
    costs: Mapping[str, ModelCost] = field(default_factory=dict)


def search_rows(ingested: Ingested) -> NDArray[np.int64]:
    """Return the rows that search may see, ascending."""
    split = ingested.target.split
    return np.sort(np.concatenate([split.train, split.validation]))


def run(job: JobContext, ingested: Ingested) -> Probed:
    """Embed with every candidate, smallest first, until the time for probing is used up.

    The first candidate is always probed: without one there is no model. Under a later lease the models that failed
    or came too late stay out and the others are read from the cache whatever the time, since ranking and trials
    rest on exactly these.
    """
    rows = search_rows(ingested)
    embeddings: dict[str, Embeddings] = {}
    fingerprints: dict[str, Fingerprint] = {}
    revisions: dict[str, str] = {}
    familiarity: dict[str, Familiarity] = {}
    curious = any(scorers.get(name).needs_familiarity for name in job.spec.scorers)
    published = _published(job)
    failures: dict[str, str] = dict(job.excluded) | (dict(published.failures) if published else {})
    meter = CostMeter(job, ingested, published.costs if published else None)
    for number, card in enumerate(job.candidates):
        job.check()
        if card.id in failures:
            continue
        job.journal.progress(number / len(job.candidates), f"embedding with {card.id}")
        optional = bool(embeddings) and published is None
        try:
            if optional and job.deadlines.probe.passed():
                raise DeadlineReached(_TOO_LATE)
            loaded = model_sources.get(card.source).load(card)
            meter.admit(loaded, candidates_left=len(job.candidates) - number)
            embeddings[card.id] = embed(
                loaded, job.dataset, rows, cache=job.cache, cancelled=_interruption(job, optional=optional)
            )
            if curious and (heard := _familiarity(job, loaded, ingested.target.split.train)) is not None:
                familiarity[card.id] = heard
        except Cancelled:
            raise
        except AutomlError as error:
            if published is not None:
                raise  # trials may rest on this model: going on without it would be another job
            failures[card.id] = error.message
            continue
        meter.probed(embeddings[card.id])
        revisions[card.id] = loaded.resolved_revision
        if loaded.fingerprint is not None:
            fingerprints[card.id] = loaded.fingerprint
    if not embeddings:
        refuse_an_empty_field(meter.costs.values(), job.spec.models)
    cards = {card.id: card for card in job.candidates}
    return Probed(cards, embeddings, fingerprints, revisions, failures, familiarity, meter.costs)


def _familiarity(job: JobContext, loaded: LoadedModel, rows: NDArray[np.int64]) -> Familiarity | None:
    """Return what the model tells of the training part; a model that fails at this is ranked without it."""
    hidden_words = any(scorers.get(name).needs_hidden_words for name in job.spec.scorers)
    try:
        return gather_familiarity(
            loaded,
            job.dataset,
            rows,
            seed=job.spec.seed,
            hidden_words=hidden_words,
            cancelled=job.journal.cancelled,
        )
    except Cancelled:
        raise
    except AutomlError as error:
        job.journal.warn(f"{loaded.backbone.card.id} tells nothing of the data: {error.message}")
        return None


@dataclass(frozen=True)
class _Published:
    """What a job keeps of this stage besides the cached embeddings."""

    failures: Mapping[str, str]
    costs: Mapping[str, ModelCost] = field(default_factory=dict)


def _published(job: JobContext) -> _Published | None:
    """Return what an earlier lease found out, None if none has finished this stage."""
    if not job.journal.finished_stage(Stage.PROBE):
        return None
    path = job.journal.fetch(_FILE, job.directory(Stage.PROBE) / _FILE)
    return from_plain(_Published, json.loads(path.read_text(encoding="utf-8")))


def _interruption(job: JobContext, *, optional: bool) -> Callable[[], bool]:
    """Return what ``embed`` asks before every batch; raises DeadlineReached for a model that is not the first."""

    def interrupted() -> bool:
        if optional and job.deadlines.probe.passed():
            raise DeadlineReached(_TOO_LATE)
        return job.journal.cancelled()

    return interrupted


def publish(job: JobContext, product: Probed) -> None:
    """Publish which models take no part; the embeddings themselves live in the cache."""
    for model, reason in product.failures.items():
        job.journal.warn(f"{model} takes no part: {reason}")
    path = job.directory(Stage.PROBE) / _FILE
    kept = _Published(product.failures, product.costs)
    path.write_text(json.dumps(to_plain(kept), indent=2), encoding="utf-8")
    job.journal.publish(Stage.PROBE, [ArtifactFile(_FILE, CHECKPOINT_KIND, "application/json", path)])
