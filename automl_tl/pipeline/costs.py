"""What each candidate costs in this job, and which limits that breaks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property

from automl_tl.errors import SearchSpaceError, SpecError
from automl_tl.finetune.loop import RUNGS
from automl_tl.finetune.recipe import Recipe
from automl_tl.finetune.strategies.base import strategies
from automl_tl.pipeline.constraints import broken_by_cost, cause, tally
from automl_tl.pipeline.context import JobContext
from automl_tl.pipeline.probing.request import Measuring
from automl_tl.pipeline.spec import ModelFilter
from automl_tl.pipeline.steps.ingest import Ingested
from automl_tl.probe.cost import ModelCost, TrialSize
from automl_tl.probe.embeddings import Embeddings
from automl_tl.probe.measure_cost import with_throughput
from automl_tl.search.portfolio import starts
from automl_tl.search.space import SearchSpace, Situation
from automl_tl.search.space_files import load_space
from automl_tl.search.space_reader import parse_space
from automl_tl.search.task_space import space_for_task
from automl_tl.zoo.card import ModelCard

__all__ = ["CostMeter", "refuse_an_empty_field", "trial_size"]

_MOST_SECONDS = 1.0
_SHARE_OF_PROBING = 0.1
_LEAST_FOR_A_LIMIT = 0.05
"""Seconds that measuring may take even when probing is late, where a limit asks for the figure."""


class CostMeter:
    """Says how to measure the candidates of one job and remembers what each costs.

    Parameters
    ----------
    known
        Costs that an earlier lease measured: they stay as they are and keep nobody out, since ranking and trials
        rest on the models that were let in then.

    Attributes
    ----------
    costs
        By model id, also of models that were kept out.
    """

    def __init__(self, job: JobContext, ingested: Ingested, known: Mapping[str, ModelCost] | None = None) -> None:
        self._job = job
        self._ingested = ingested
        self._settled = known is not None
        self.costs: dict[str, ModelCost] = dict(known or {})

    @cached_property
    def _space(self) -> SearchSpace:
        """Return the job's search space, read when the first model is measured."""
        return _space_of(self._job)

    def measuring(self, card: ModelCard, *, candidates_left: int = 1) -> Measuring | None:
        """Return how to measure a model before it is probed; None where that is known or settled already."""
        if self._settled or card.id in self.costs:
            return None
        return Measuring(
            self._ingested.target.split.train,
            self.size_of(card),
            self._job.spec.models,
            threads=self._job.threads,
            seconds=self.seconds(candidates_left),
        )

    def keeps_out(self, card: ModelCard) -> bool:
        """Return whether a limit asks for figures of this model that only the loaded network can tell."""
        models = self._job.spec.models
        return _asks_for_measuring(models) or bool(models.max_parameters and not card.parameters)

    def seconds(self, candidates_left: int) -> float:
        """Return how long measuring the next model may take: a second, and of probing's time a tenth in all."""
        job = self._job
        share = _SHARE_OF_PROBING * job.deadlines.probe.remaining() / max(candidates_left, 1)
        least = _LEAST_FOR_A_LIMIT if _asks_for_measuring(job.spec.models) else 0.0
        return min(_MOST_SECONDS, max(share, least))

    def size_of(self, card: ModelCard) -> TrialSize:
        """Return what a trial of this model computes in this job."""
        target = self._ingested.target
        split, classes = target.split, len(target.class_names)
        return trial_size(
            self._space, card, train=len(split.train), validation=len(split.validation), classes=classes
        )

    def take(self, model: str, cost: ModelCost) -> None:
        """Remember what a model costs."""
        if not self._settled:
            self.costs[model] = cost

    def probed(self, embeddings: Embeddings) -> None:
        """Add the throughput of a model's probe."""
        cost = self.costs.get(embeddings.model)
        if cost is not None and not self._settled:
            self.costs[embeddings.model] = with_throughput(cost, len(embeddings.rows), embeddings.seconds)


def refuse_an_empty_field(costs: Iterable[ModelCost], models: ModelFilter) -> None:
    """Raise SpecError if limits kept out models that could be loaded; called where none is left to probe."""
    broken = [found for cost in costs if (found := broken_by_cost(cost, models))]
    if broken:
        field = cause(broken)
        raise SpecError(
            f"{field}: no model that could be loaded is left: {tally(broken, models)}; "
            "loosen the limit or name other models",
            field=field,
        )


def trial_size(space: SearchSpace, card: ModelCard, *, train: int, validation: int, classes: int) -> TrialSize:
    """Return what the first trial that trains by gradient computes, or one with a recipe's own defaults.

    Images are prepared once, texts in every batch.
    """
    situation = Situation.of(card, train_examples=train, classes=classes)
    recipe = next(
        (
            Recipe.from_parameters(start.strategy, start.parameters)
            for start in starts(space, [card.id], {card.id: situation})
            if strategies.get(start.strategy).trains_by_gradient
        ),
        Recipe(strategy=""),
    )
    batch_size, evaluated = min(recipe.batch_size, train), len(RUNGS) * validation
    prepared = recipe.updates * batch_size + evaluated if card.modality == "text" else train + validation
    return TrialSize(recipe.updates, batch_size, evaluated, prepared)


def _asks_for_measuring(models: ModelFilter) -> bool:
    return bool(models.max_latency_ms or models.max_memory_mb)


def _space_of(job: JobContext) -> SearchSpace:
    """Return the job's search space; an empty one for a modality without, which can be ranked all the same."""
    try:
        if job.spec.search_space_yaml:
            space = parse_space(job.spec.search_space_yaml, name="search_space_yaml")
        else:
            space = load_space(job.spec.search_space_name, modality=job.dataset.modality)
        return space_for_task(space, job.spec.task)
    except SearchSpaceError:
        return SearchSpace("", job.dataset.modality, ())
