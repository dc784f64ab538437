"""Probes candidates one after another in this process: where few are left, or the work is small."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from automl_tl.data.dataset import Dataset
from automl_tl.errors import Cancelled, DeadlineReached
from automl_tl.pipeline.probing.probe_model import failure_of, probe_model
from automl_tl.pipeline.probing.request import ProbeOutcome, ProbeRequest, StatisticsOutcome
from automl_tl.pipeline.probing.statistics import SHARD_ROWS, probe_statistics
from automl_tl.probe.cache import EmbeddingCache
from automl_tl.search.budget import Deadline
from automl_tl.search.model_cache import load_from_source
from automl_tl.search.runner import LoadModel
from automl_tl.zoo.backbone import LoadedModel
from automl_tl.zoo.card import ModelCard

__all__ = ["InlineProbeRunner", "ModelShelf", "interruption"]

_MOST_PARAMETERS = 150_000_000


class InlineProbeRunner:
    """Implements :class:`~automl_tl.pipeline.probing.runner.ProbeRunner` without any other process.

    Parameters
    ----------
    load_model
        Where models come from; None means each card's own source, kept in memory while they are small.
    """

    def __init__(self, load_model: LoadModel | None = None) -> None:
        self._load_model = ModelShelf() if load_model is None else load_model  # an empty shelf is false

    def run(
        self,
        requests: Sequence[ProbeRequest],
        dataset: Dataset,
        cache: EmbeddingCache,
        *,
        deadline: Deadline,
        cancelled: Callable[[], bool],
        begun: Callable[[str], None] = lambda model: None,
    ) -> Iterator[ProbeOutcome]:
        """Yield what each request gave, in order; nothing for those that the deadline cut off."""
        interrupted = interruption(deadline, cancelled)
        for request in requests:
            try:
                interrupted()
                begun(request.card.id)
                outcome = probe_model(
                    request, dataset, cache=cache, load_model=self._load_model, interrupted=interrupted
                )
            except DeadlineReached:
                return
            yield outcome

    def statistics(
        self,
        cards: Sequence[ModelCard],
        dataset: Dataset,
        rows: NDArray[np.int64],
        labels: NDArray[np.int64],
        *,
        deadline: Deadline,
        cancelled: Callable[[], bool],
        shard_rows: int = SHARD_ROWS,
    ) -> Iterator[StatisticsOutcome]:
        """Yield each model's statistics, in order; nothing for those that the deadline cut off."""
        interrupted = interruption(deadline, cancelled)
        for card in cards:
            began = time.perf_counter()
            try:
                whole = probe_statistics(
                    card,
                    dataset,
                    rows,
                    labels,
                    shard_rows=shard_rows,
                    load_model=self._load_model,
                    interrupted=interrupted,
                )
            except Cancelled:
                raise
            except DeadlineReached:
                return
            except Exception as error:
                yield StatisticsOutcome(card.id, error=failure_of(error))
            else:
                yield StatisticsOutcome(card.id, whole, time.perf_counter() - began)


class ModelShelf:
    """Keeps the models that were used last, as long as they are small together.

    Successive rungs ask for the same models again; a small one takes longer to load than to run.
    """

    def __init__(self, load: LoadModel = load_from_source, *, most_parameters: int = _MOST_PARAMETERS) -> None:
        self._load = load
        self._most_parameters = most_parameters
        self._kept: OrderedDict[tuple[str, str, str], LoadedModel] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def __call__(self, card: ModelCard) -> LoadedModel:
        """Return the model with its pretrained weights."""
        key = (card.id, card.revision, card.location)
        if key not in self._kept:
            self._kept[key] = self._load(card)
        self._kept.move_to_end(key)
        loaded = self._kept[key]
        while self._kept and sum(map(_size, self._kept.values())) > self._most_parameters:
            self._kept.popitem(last=False)
        return loaded


def _size(loaded: LoadedModel) -> int:
    return sum(parameter.numel() for parameter in loaded.backbone.parameters())


def interruption(deadline: Deadline, cancelled: Callable[[], bool]) -> Callable[[], bool]:
    """Return what is asked before every batch; raises where the work has to end."""

    def interrupted() -> bool:
        if cancelled():
            raise Cancelled("the job was asked to stop")
        if deadline.passed():
            raise DeadlineReached("the time set aside for probing was used up")
        return False

    return interrupted
