"""The truth bench: fill the table cell by cell, then compare every way of ordering candidates with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from automl_tl.data.dataset import Dataset
from automl_tl.probe.cache import EmbeddingCache
from automl_tl.transferability.base import Ranking
from automl_tl.truth.compare import Results, results_of
from automl_tl.truth.measure import measure
from automl_tl.truth.methods import experience_without, method_values, probe_samples, ranking_of
from automl_tl.truth.table import Measurement, TruthTable
from automl_tl.truth.task import TruthTask, draw_task
from automl_tl.zoo.backbone import LoadedModel
from automl_tl.zoo.card import ModelCard

__all__ = ["Compared", "TruthBench"]


@dataclass(frozen=True)
class Compared:
    """What a comparison found.

    ``truth`` holds the metric per data set, (S, M) seeds x models in the order of ``models``; ``rankings`` ours by
    data set and seed.
    """

    models: Mapping[str, tuple[str, ...]]
    truth: Mapping[str, np.ndarray]
    rankings: Mapping[str, Mapping[int, Ranking]]
    results: Results


@dataclass(frozen=True)
class TruthBench:
    """Candidates and data sets of one modality.

    Attributes
    ----------
    datasets
        By name.
    cards
        The candidates.
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

    def missing(self, table: TruthTable) -> int:
        """Return how many cells are not measured yet."""
        return sum(cell not in table for cell in self._cells())

    def fill(self, table: TruthTable) -> Iterator[Measurement]:
        """Measure the cells that are missing, draw after draw, and yield each once it is on disk."""
        for seed in range(self.seeds):
            for data in self.datasets:
                left = [card for card in self.cards if (data, card.id, seed) not in table]
                task = self._task(data, seed) if left else None
                for card in left:
                    assert task is not None
                    row = measure(
                        task,
                        card,
                        load_model=self.load_model,
                        cache=self.cache,
                        threads=self.threads,
                        updates=self.updates,
                    )
                    table.add(row)
                    yield row

    def compare(self, table: TruthTable) -> Compared:
        """Rank the candidates of every draw by every method and hold the orders against the table.

        Only data sets take part for which every candidate has a figure with at least one seed; what the table says
        of the others is our ranking's experience, never what it says of the same data set.
        """
        known = {card.id: card for card in self.cards}
        truth: dict[str, np.ndarray] = {}
        values: dict[str, dict[int, Mapping[str, np.ndarray]]] = {}
        rankings: dict[str, dict[int, Ranking]] = {}
        for data in self.datasets:
            if data not in table.data() or not table.seeds(data):
                continue
            truth[data] = table.values(data)
            past = experience_without(table, data)
            cards = [known[model] for model in table.models(data)]
            for seed in table.seeds(data):
                samples = probe_samples(self._task(data, seed), cards, self.load_model, self.cache)
                values.setdefault(data, {})[seed] = method_values(samples, known, past)
                rankings.setdefault(data, {})[seed] = ranking_of(samples, known, past)
        means = {data: per_seed.mean(axis=0) for data, per_seed in truth.items()}
        return Compared(
            models={data: table.models(data) for data in truth},
            truth=truth,
            rankings=rankings,
            results=results_of(means, values),
        )

    def _cells(self) -> Iterator[tuple[str, str, int]]:
        return (
            (data, card.id, seed) for seed in range(self.seeds) for data in self.datasets for card in self.cards
        )

    def _task(self, data: str, seed: int) -> TruthTask:
        return draw_task(data, self.datasets[data], rows=self.rows, seed=seed, target=self.target)
