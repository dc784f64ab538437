"""The truth bench: fill the table cell by cell, then compare every way of ordering candidates with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from automl_tl.data.dataset import Dataset
from automl_tl.errors import InvalidInput, SpecError
from automl_tl.finetune.device import borrowed_torch
from automl_tl.probe.cache import EmbeddingCache
from automl_tl.transferability.base import Ranking
from automl_tl.truth.calibration import Forecast
from automl_tl.truth.compare import Results, Values, results_of
from automl_tl.truth.measure import measure, recipe_of
from automl_tl.truth.methods import experience_without, method_values, probe_candidates, ranking_of
from automl_tl.truth.resample import forecasts
from automl_tl.truth.table import Cell, Measurement, TruthTable
from automl_tl.truth.task import TruthTask, draw_task
from automl_tl.zoo.backbone import LoadedModel
from automl_tl.zoo.card import ModelCard

__all__ = ["Compared", "TruthBench"]


@dataclass(frozen=True)
class Compared:
    """What a comparison found.

    ``truth`` holds the metric per data set, (S, M) seeds x models in the order of ``models``; ``rankings`` ours by
    data set and seed; ``measured`` what the table says of the bench's data sets and candidates;
    ``forecasts`` what our ranking says of tasks with all or fewer of the rows and candidates.
    """

    models: Mapping[str, tuple[str, ...]]
    truth: Mapping[str, NDArray[np.float64]]
    rankings: Mapping[str, Mapping[int, Ranking]]
    results: Results
    measured: tuple[Measurement, ...] = ()
    forecasts: tuple[Forecast, ...] = ()


@dataclass(frozen=True)
class TruthBench:
    """Candidates and data sets of one modality.

    Attributes
    ----------
    datasets
        By name.
    cards
        The candidates, two or more.
    target
        Column with the label, the same in every data set.
    rows, seeds
        Rows that candidates learn from (a fifth for validation), and the number of draws.
    updates
        Optimiser steps of every run; 0 keeps those of the default recipe.
    """

    datasets: Mapping[str, Dataset]
    cards: Sequence[ModelCard]
    load_model: Callable[[ModelCard], LoadedModel]
    cache: EmbeddingCache
    target: str = "label"
    rows: int = 300
    seeds: int = 3
    updates: int = 0
    threads: int = 1

    def __post_init__(self) -> None:
        if len(self.cards) < 2:
            named = ", ".join(card.id for card in self.cards) or "none"
            raise SpecError(f"models: a ranking needs two candidates or more but got {named}", field="models")

    def check(self, table: TruthTable) -> None:
        """Make sure that every draw is possible and that the table was measured on the same draws.

        Raises
        ------
        DatasetError
            If a data set cannot be drawn from as asked.
        InvalidInput
            Naming the first cell that was measured on other rows or with other updates.
        """
        cards = {card.id: card for card in self.cards}
        drawn = {(data, seed): self._task(data, seed) for data in self.datasets for seed in range(self.seeds)}
        for row in self._measured(table):
            task = drawn.get((row.data, row.seed)) or self._task(row.data, row.seed)
            learnt = len(task.train) + len(task.validation)
            updates = recipe_of(cards[row.model], len(task.train), self.updates).updates
            if row.rows != learnt or row.task not in ("", task.digest):
                _refuse(row, f"{row.rows} rows", f"{learnt}" if row.rows != learnt else "others, or other labels")
            if row.updates != updates:
                _refuse(row, f"{row.updates} updates", f"{updates}")

    def missing(self, table: TruthTable, *, retry_failed: bool = False) -> int:
        """Return how many cells are not measured yet; with ``retry_failed`` those without a figure count, too."""
        return len(self._missing(table, retry_failed))

    def fill(self, table: TruthTable, *, retry_failed: bool = False) -> Iterator[Measurement]:
        """Measure the missing cells, seed after seed, and yield each once it is on disk."""
        cards = {card.id: card for card in self.cards}
        task: TruthTask | None = None
        for data, model, seed in self._missing(table, retry_failed):
            if task is None or (task.data, task.seed) != (data, seed):
                task = self._task(data, seed)
            row = measure(
                task,
                cards[model],
                load_model=self.load_model,
                cache=self.cache,
                threads=self.threads,
                updates=self.updates,
            )
            table.add(row)
            yield row

    def compare(self, table: TruthTable) -> Compared:
        """Rank the candidates of every draw by every method and hold the orders against the table.

        A candidate takes part in a data set where it has a figure for some seed, a seed where all of these have
        one, a data set if two candidates and a seed remain. What the table says of other data sets is our
        ranking's experience, never what it says of the same one.
        """
        cards = {card.id: card for card in self.cards}
        models: dict[str, tuple[str, ...]] = {}
        truth: dict[str, NDArray[np.float64]] = {}
        values: dict[str, dict[int, Values]] = {}
        rankings: dict[str, dict[int, Ranking]] = {}
        told: list[Forecast] = []
        for data in self.datasets:
            known, seeds = table.models(data, cards), table.seeds(data, cards)
            if len(known) < 2 or not seeds:
                continue
            models[data], truth[data] = known, table.values(data, among=cards)
            past = experience_without(table, data)
            reached = dict(zip(known, truth[data].mean(axis=0).tolist(), strict=True))
            for seed in seeds:
                with borrowed_torch(threads=self.threads, seed=seed):
                    probed = probe_candidates(
                        self._task(data, seed), [cards[model] for model in known], self.load_model, self.cache
                    )
                ranking = ranking_of(probed, cards, past)
                rankings.setdefault(data, {})[seed] = ranking
                values.setdefault(data, {})[seed] = method_values(ranking, probed, cards, past, known)
                if probed.samples:
                    told += forecasts(probed.samples, reached, cards, past, source=data, seed=seed)
        means = {data: per_seed.mean(axis=0) for data, per_seed in truth.items()}
        return Compared(models, truth, rankings, results_of(means, values), self._measured(table), tuple(told))

    def _missing(self, table: TruthTable, retry_failed: bool) -> list[Cell]:
        failed = {row.cell for row in table.rows() if row.failed} if retry_failed else set()
        cells = (
            (data, card.id, seed) for seed in range(self.seeds) for data in self.datasets for card in self.cards
        )
        return [cell for cell in cells if cell not in table or cell in failed]

    def _measured(self, table: TruthTable) -> tuple[Measurement, ...]:
        models = {card.id for card in self.cards}
        return tuple(row for row in table.rows() if row.data in self.datasets and row.model in models)

    def _task(self, data: str, seed: int) -> TruthTask:
        return draw_task(data, self.datasets[data], rows=self.rows, seed=seed, target=self.target)


def _refuse(row: Measurement, measured: str, asked: str) -> None:
    raise InvalidInput(
        f"the table has {row.model} on {row.data}, seed {row.seed}, with {measured}, but this command asks for"
        f" {asked}; give the options and data of that time, or begin a new table in another directory"
    )
