"""What probing needs from whatever embeds; ``distributed/`` implements it with Ray tasks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from automl_tl.data.dataset import Dataset
from automl_tl.pipeline.probing.request import ProbeOutcome, ProbeRequest, StatisticsOutcome
from automl_tl.pipeline.probing.statistics import SHARD_ROWS
from automl_tl.probe.cache import EmbeddingCache
from automl_tl.search.budget import Deadline
from automl_tl.zoo.card import ModelCard

__all__ = ["ProbeRunner"]


class ProbeRunner(Protocol):
    """Embeds with candidates until all have answered, the deadline passes or ``cancelled`` says so."""

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
        """Yield what each request gave as it comes; nothing for those that the deadline cut off.

        A candidate that fails has an outcome with the reason and does not stop the others.

        Parameters
        ----------
        cache
            Rows that it holds are not computed again; the union of old and new rows is stored.
        begun
            Called with a model's id when work on it begins, or at the latest before its answer.

        Raises
        ------
        Cancelled
            If ``cancelled`` said so; nothing is left running.
        """

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
        """Yield each model's statistics, merged from shards of which the embeddings are not kept.

        ``labels`` are the class ids of all rows of the dataset. Otherwise as :meth:`run`.
        """
