"""PROBE: embed the target data with the candidates; who is not ranked is listed with the reason."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from automl_tl.errors import ModelUnavailable
from automl_tl.finetune.strata import strata_of
from automl_tl.json_codec import from_plain, to_plain
from automl_tl.pipeline.context import JobContext
from automl_tl.pipeline.costs import CostMeter, refuse_an_empty_field
from automl_tl.pipeline.events import CHECKPOINT_KIND
from automl_tl.pipeline.first_model import FirstModel
from automl_tl.pipeline.ports import ArtifactFile
from automl_tl.pipeline.probing.halving import Departure
from automl_tl.pipeline.probing.inline_runner import ModelShelf
from automl_tl.pipeline.probing.job_probe import JobProbe, questions_of
from automl_tl.pipeline.probing.race import Course, race
from automl_tl.pipeline.probing.request import LayerTrial, ProbeOutcome
from automl_tl.pipeline.probing.whole import statistics_of_all
from automl_tl.pipeline.probing.work import operations_per_row
from automl_tl.pipeline.spec import Stage
from automl_tl.pipeline.steps.ingest import Ingested
from automl_tl.probe.cost import ModelCost
from automl_tl.probe.embeddings import Embeddings
from automl_tl.probe.familiarity import Familiarity
from automl_tl.search.budget import Deadline
from automl_tl.transferability.statistics import SufficientStatistics
from automl_tl.zoo.card import LAST_LAYER, Fingerprint, ModelCard

__all__ = ["Probed", "publish", "run", "search_rows"]

_FILE = "probe.json"
_CHOICES = ("mean", "stages")
_PLACES = 3
"""Candidates that may belong to the best three, or to those that search will try, never leave early."""


@dataclass(frozen=True)
class Probed:
    """Embeddings of train and validation rows by model id, and why the other models have none.

    Attributes
    ----------
    failures
        Why models are not ranked: first those that left early, best first, then those that could not be probed.
    costs
        What was measured, also of models that a limit kept out.
    departures
        Of those that left early: after how many examples, and how far behind.
    own
        Embeddings as the models' own cards say, where others were chosen and there is a fingerprint to compare.
    statistics
        Moments of the embeddings of all training rows, where the data is streamed and embeddings are of a sample.
    """

    cards: Mapping[str, ModelCard]
    embeddings: Mapping[str, Embeddings]
    fingerprints: Mapping[str, Fingerprint]
    revisions: Mapping[str, str]
    failures: Mapping[str, str]
    familiarity: Mapping[str, Familiarity] = field(default_factory=dict)
    costs: Mapping[str, ModelCost] = field(default_factory=dict)
    departures: Mapping[str, Departure] = field(default_factory=dict)
    own: Mapping[str, Embeddings] = field(default_factory=dict)
    statistics: Mapping[str, SufficientStatistics] = field(default_factory=dict)


def search_rows(ingested: Ingested) -> NDArray[np.int64]:
    """Return the rows that search may see, ascending."""
    split = ingested.target.split
    return np.sort(np.concatenate([split.train, split.validation]))


def run(job: JobContext, ingested: Ingested) -> Probed:
    """Embed with the candidates: all of them where they are few, else those that the race leaves over.

    The first candidate is probed whatever the time: without one there is no model. Under a later lease the models
    that left, failed or came too late stay out and the others are read from the cache whatever the time, since
    ranking and trials rest on exactly these.

    Raises
    ------
    ModelUnavailable
        Under a later lease, if a model cannot be loaded any more: going on without it would be another job.
    SpecError
        If limits keep out every model.
    Cancelled
        If somebody asked the job to stop.
    """
    published = _published(job)
    meter = CostMeter(job, ingested, published.costs if published else None)
    questions = questions_of(job, ingested.target.split.train)
    if published is not None:
        probe = JobProbe(job, questions, meter, layer_trial=lambda card: _settled(card, published.layers))
        return _with_statistics(job, ingested, _again(job, ingested, published, probe))
    trial, shelf = _layer_trial(job, ingested), ModelShelf()
    probe = JobProbe(job, questions, meter, layer_trial=lambda card: trial, load_model=shelf)
    field_of = [card.id for card in job.candidates]
    split = ingested.target.split
    course = Course(
        train=split.train,
        every=search_rows(ingested),
        labels=ingested.target.labels,
        work={card.id: operations_per_row(card) for card in job.candidates},
        strata=strata_of(ingested.target.labels),
        places=max(_PLACES, job.spec.top_k),
        seed=job.spec.seed,
        balanced=ingested.metric.balanced,
    )
    result = race(field_of, course, FirstModel(job, ingested, probe, shelf), deadline=job.deadlines.probe)
    for outcome in result.finalists.values():
        if outcome.embeddings is not None:
            meter.probed(outcome.embeddings)
    if not result.finalists:
        refuse_an_empty_field(meter.costs.values(), job.spec.models)
    left = {model: str(departure) for model, departure in result.departures.items()}
    failures = left | result.failures | dict(job.excluded)
    layers = {model: outcome.layers for model, outcome in result.finalists.items()}
    found = _probed(job, result.finalists, _Published(failures, meter.costs, result.departures, layers))
    return _with_statistics(job, ingested, found)


@dataclass(frozen=True)
class _Published:
    """What a job keeps of this stage besides the cached embeddings."""

    failures: Mapping[str, str]
    costs: Mapping[str, ModelCost] = field(default_factory=dict)
    departures: Mapping[str, Departure] = field(default_factory=dict)
    layers: Mapping[str, str] = field(default_factory=dict)


def _layer_trial(job: JobContext, ingested: Ingested) -> LayerTrial | None:
    """Return how models choose what their embeddings are made of; None where the spec names it."""
    asked, train = job.spec.layers, ingested.target.split.train
    if asked == LAST_LAYER:
        return None
    best = asked == "best"
    return LayerTrial(train, ingested.target.labels[train], _CHOICES if best else (asked,), forced=not best)


def _settled(card: ModelCard, layers: Mapping[str, str]) -> LayerTrial | None:
    """Return the choice of an earlier lease, None where it is the card's own."""
    chosen, nothing = layers.get(card.id, card.input.layers), np.zeros(0, np.int64)
    return None if chosen == card.input.layers else LayerTrial(nothing, nothing, (chosen,), forced=True)


def _with_layers(card: ModelCard, layers: Mapping[str, str]) -> ModelCard:
    chosen = layers.get(card.id, card.input.layers)
    return replace(card, input=replace(card.input, layers=chosen))


def _published(job: JobContext) -> _Published | None:
    """Return what an earlier lease found out, None if none has finished this stage."""
    if not job.journal.finished_stage(Stage.PROBE):
        return None
    path = job.journal.fetch(_FILE, job.directory(Stage.PROBE) / _FILE)
    return from_plain(_Published, json.loads(path.read_text(encoding="utf-8")))


def _again(job: JobContext, ingested: Ingested, published: _Published, probe: JobProbe) -> Probed:
    """Return what an earlier lease decided, with the embeddings of the cache."""
    models = [card.id for card in job.candidates if card.id not in published.failures]
    outcomes: dict[str, ProbeOutcome] = {}
    for outcome in probe(models, search_rows(ingested), deadline=Deadline(None), last=True, expected=0.0):
        if outcome.error:
            raise ModelUnavailable(f"{outcome.model} cannot be used any more: {outcome.error}")
        outcomes[outcome.model] = outcome
    return _probed(job, outcomes, published)


def _probed(job: JobContext, outcomes: Mapping[str, ProbeOutcome], rest: _Published) -> Probed:
    found = outcomes.items()
    return Probed(
        cards={card.id: _with_layers(card, rest.layers) for card in job.candidates},
        embeddings={model: each.embeddings for model, each in found if each.embeddings is not None},
        fingerprints={model: each.fingerprint for model, each in found if each.fingerprint is not None},
        revisions={model: each.revision for model, each in found},
        failures=rest.failures,
        familiarity={model: each.familiarity for model, each in found if each.familiarity is not None},
        costs=rest.costs,
        departures=rest.departures,
        own={model: each.own for model, each in found if each.own is not None},
    )


def _with_statistics(job: JobContext, ingested: Ingested, found: Probed) -> Probed:
    """Return the probe with what scores can use of all training rows where only a sample was embedded."""
    if ingested.whole is None:
        return found
    cards = [found.cards[model] for model in found.embeddings]
    one_row = sum(each.seconds / max(len(each.rows), 1) for each in found.embeddings.values())
    rows = ingested.whole.train
    return replace(found, statistics=statistics_of_all(job, ingested.target, rows, cards, one_row=one_row))


def publish(job: JobContext, product: Probed) -> None:
    """Publish which models are not ranked; the embeddings themselves live in the cache."""
    for model, reason in product.failures.items():
        if model not in product.departures:
            job.journal.warn(f"{model} takes no part: {reason}")
    for warning in _on_departures(product.departures, len(product.cards)):
        job.journal.warn(warning)
    path = job.directory(Stage.PROBE) / _FILE
    layers = {model: product.cards[model].input.layers for model in product.embeddings}
    kept = _Published(product.failures, product.costs, product.departures, layers)
    path.write_text(json.dumps(to_plain(kept), indent=2), encoding="utf-8")
    job.journal.publish(Stage.PROBE, [ArtifactFile(_FILE, CHECKPOINT_KIND, "application/json", path)])


def _on_departures(departures: Mapping[str, Departure], candidates: int) -> list[str]:
    """Return what a user should know of those that left early, in few words where they are many."""
    warnings = []
    late = {model: each for model, each in departures.items() if each.reason == "time"}
    if late:
        model, best = min(late.items(), key=lambda item: item[1].place)
        warnings.append(
            f"{len(late)} of {candidates} candidates were left unfinished for lack of time; the best of them, "
            f"{model}, stood at place {best.place} of {best.rivals} after {best.examples} examples and takes "
            f"about {best.seconds:.0f} seconds to probe in full: a larger wall budget would let it take part"
        )
    if len(departures) > len(late):
        warnings.append(
            f"{len(departures) - len(late)} of {candidates} candidates left early: a part of the examples was "
            "enough to see that others do better; the ranking says how far behind each was"
        )
    return warnings
