"""Statistics of a model's embeddings of any number of rows, with Ray Data: rows go out and sums come back."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import ray
import ray.data
from numpy.typing import NDArray
from ray.exceptions import RayError

from automl_tl.data.dataset import Dataset
from automl_tl.distributed.gpus import share_of_this_process, stay_within_share
from automl_tl.distributed.node_data import Copies, SharedDataset
from automl_tl.distributed.session import RaySession
from automl_tl.distributed.slots import ClusterSlots
from automl_tl.errors import InvalidInput
from automl_tl.pipeline.probing.probe_model import failure_of
from automl_tl.pipeline.probing.request import StatisticsOutcome
from automl_tl.pipeline.probing.statistics import probe_statistics
from automl_tl.search.model_cache import load_from_source
from automl_tl.search.runner import LoadModel, Resources
from automl_tl.transferability.statistics import SufficientStatistics
from automl_tl.zoo.card import ModelCard

__all__ = ["PART_ROWS", "stream_statistics"]

PART_ROWS = 32_768
"""Rows that one answer is of. With 2,048 dimensions an answer has 33 MB: fewer rows would mostly send sums."""

_RETRIES = 1
"""How often the rows of a process that died are read again, by its successor."""

_NODES = 10
"""Nodes that may go away under the same rows, which are none to blame for it; cheap nodes are often taken back."""

_DIED = f"its worker process died {_RETRIES + 1} times, or {_NODES} nodes went away under it"


class _Attempts:
    """Remembers where each part was begun: without end Ray Data restarts a process that dies."""

    def __init__(self) -> None:
        self._begun: dict[int, list[str]] = {}

    def begin(self, start: int, node: str) -> bool:
        """Return whether the part that starts with this row may be begun on this node."""
        before = self._begun.setdefault(start, [])
        alive = {each["NodeID"] for each in ray.nodes() if each["Alive"]} if before else set()
        deaths = sum(each in alive for each in before)
        allowed = deaths <= _RETRIES and len(before) - deaths < _NODES
        before.append(node)
        return allowed


class _Summer:
    """Lives in a process of its own and keeps model and data set; rows of a process that dies are read again."""

    def __init__(
        self, card: ModelCard, shared: tuple[Any, Any, Any], load_model: LoadModel | None, attempts: Any
    ) -> None:
        self._card, self._load_model, self._attempts = card, load_model or load_from_source, attempts
        self._dataset, self._rows, self._labels = ray.get(list(shared))
        self._loaded: Any = None
        stay_within_share(share_of_this_process())

    def __call__(self, batch: dict[str, Any]) -> dict[str, Any]:
        """Return the statistics of each part; what goes wrong travels as a value, since it is an answer too."""
        parts = np.empty(len(batch["start"]), dtype=object)
        for place, (start, stop) in enumerate(zip(batch["start"], batch["stop"], strict=True)):
            if ray.get(self._attempts.begin.remote(int(start), ray.get_runtime_context().get_node_id())):
                parts[place] = self._summed(self._rows[int(start) : int(stop)])
            else:
                parts[place] = StatisticsOutcome(self._card.id, error=_DIED)
        return {"part": parts}

    def _summed(self, rows: NDArray[np.int64]) -> StatisticsOutcome:
        began = time.perf_counter()
        try:
            found = probe_statistics(self._card, self._dataset.here(), rows, self._labels, load_model=self._model)
        except Exception as error:
            return StatisticsOutcome(self._card.id, error=failure_of(error))
        return StatisticsOutcome(self._card.id, found, time.perf_counter() - began)

    def _model(self, card: ModelCard) -> Any:
        if self._loaded is None:
            self._loaded = self._load_model(card)
        return self._loaded


def stream_statistics(
    session: RaySession,
    card: ModelCard,
    dataset: Dataset,
    rows: NDArray[np.int64],
    labels: NDArray[np.int64],
    *,
    interrupted: Callable[[], bool] = lambda: False,
    resources: Resources | None = None,
    part_rows: int = PART_ROWS,
    load_model: LoadModel | None = None,
    copies: Copies | None = None,
) -> StatisticsOutcome:
    """Return the statistics of one model over all rows; this process keeps one sum and adds the next part to it.

    Parameters
    ----------
    session
        Ray; started if nobody has started it.
    rows, labels
        As :func:`automl_tl.pipeline.probing.statistics.probe_statistics` has them.
    interrupted
        Asked after every part; raises where the work has to end, which stops what is under way.
    resources
        What one process of the model asks for, and how many there are at most; a cluster may have room for more.
    part_rows
        Rows that one answer is of.
    copies
        How nodes get the data set's files; None where they see the disk on which those lie.

    Raises
    ------
    InvalidInput
        If there are no rows.
    """
    if not len(rows):
        raise InvalidInput("there are no rows to probe", field="rows")
    session.start()
    asked = resources or Resources()
    slots = asked.concurrent if session.local else ClusterSlots(asked)()
    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False
    context.execution_options.preserve_order = True  # sums of floats depend on their order
    ascending = np.unique(rows)
    starts = list(range(0, len(ascending), part_rows))
    if copies is not None:
        copies.publish(dataset)
    shared = tuple(ray.put(each) for each in (SharedDataset(dataset, copies), ascending, labels))
    attempts = ray.remote(num_cpus=0, max_restarts=-1, max_task_retries=-1)(_Attempts).remote()
    stream = ray.data.from_items(
        [{"start": start, "stop": min(start + part_rows, len(ascending))} for start in starts],
        override_num_blocks=len(starts),
    ).map_batches(
        _Summer,
        fn_constructor_args=(card, shared, load_model, attempts),
        batch_size=1,
        num_cpus=asked.cpus,
        num_gpus=asked.gpus,
        accelerator_type=asked.accelerator or None,
        concurrency=(1, max(1, min(slots, len(starts)))),
    )
    whole: SufficientStatistics | None = None
    seconds = 0.0
    parts = iter(stream.iter_rows())
    try:
        for row in parts:
            interrupted()
            part: StatisticsOutcome = row["part"]
            if part.statistics is None:
                return part
            whole = part.statistics if whole is None else whole + part.statistics
            seconds += part.seconds
    except RayError as error:
        return StatisticsOutcome(card.id, error=f"its worker processes failed ({type(error).__name__})")
    return StatisticsOutcome(card.id, whole, seconds)
