"""Probes candidates as Ray tasks, many at once, large data in shards."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Generic, TypeVar

import numpy as np
import ray
from numpy.typing import NDArray
from ray.exceptions import RayError

from automl_tl.data.dataset import Dataset
from automl_tl.distributed.probe_tasks import CacheEntry, embed_shard, statistics_of_shard, united
from automl_tl.distributed.session import RaySession
from automl_tl.errors import Cancelled
from automl_tl.pipeline.probing.inline_runner import InlineProbeRunner
from automl_tl.pipeline.probing.request import ProbeOutcome, ProbeRequest, StatisticsOutcome
from automl_tl.pipeline.probing.statistics import SHARD_ROWS, shards
from automl_tl.probe.cache import EmbeddingCache
from automl_tl.probe.embeddings import Embeddings
from automl_tl.search.budget import Deadline
from automl_tl.search.runner import LoadModel, Resources
from automl_tl.zoo.card import ModelCard

__all__ = ["RayProbeRunner"]

_ASK_SECONDS = 0.2
_LEAST_SHARD = 256
"""A shard of fewer rows would spend its time on loading the model."""
_ATTEMPTS = 2
_GRACE_SECONDS = 2.0

Answer = TypeVar("Answer")


class RayProbeRunner:
    """Implements :class:`~automl_tl.pipeline.probing.runner.ProbeRunner` with Ray tasks.

    Parameters
    ----------
    session
        Ray; started if nobody has started it.
    resources
        What one task asks for; as many run at once as fit into this Ray.
    load_model
        Where models come from; None means each card's own source, kept in the memory of each process.
    """

    def __init__(
        self, session: RaySession, resources: Resources | None = None, *, load_model: LoadModel | None = None
    ) -> None:
        self._session = session
        self._resources = resources or Resources()
        self._load_model = load_model

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

        Raises
        ------
        Cancelled
            If ``cancelled`` said so; outstanding tasks are stopped.
        Unavailable
            If Ray cannot be started.
        """
        self._session.start()
        shared, task = ray.put(dataset), embed_shard.options(**self._options())
        jobs: list[_Job[tuple[ProbeOutcome, CacheEntry | None]]] = [
            _Job(
                request.card.id,
                [
                    partial(task.remote, shard, shared, cache, self._load_model)
                    for shard in self._shards(request, len(requests))
                ],
            )
            for request in requests
        ]
        for job in self._finished(jobs, deadline, cancelled):
            begun(job.model)
            if job.died:
                yield ProbeOutcome(job.model, error=job.died)
                continue
            parts = job.answers()
            if _disagree([part for part, _ in parts]):
                # One shard was out of bfloat16's range: all rows have to be computed at one precision.
                whole = [request for request in requests if request.card.id == job.model]
                here = InlineProbeRunner(self._load_model)
                yield from here.run(whole, dataset, cache, deadline=deadline, cancelled=cancelled)
                continue
            outcome = _joined([part for part, _ in parts])
            if not outcome.error:
                _store(cache, [entry for _, entry in parts if entry is not None])
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
        """Yield each model's statistics, merged from its shards; raises as :meth:`run` does."""
        self._session.start()
        shared, known = ray.put(dataset), ray.put(labels)
        task, load_model = statistics_of_shard.options(**self._options()), self._load_model
        jobs: list[_Job[StatisticsOutcome]] = [
            _Job(
                card.id,
                [partial(task.remote, card, shared, part, known, load_model) for part in shards(rows, shard_rows)],
            )
            for card in cards
        ]
        for job in self._finished(jobs, deadline, cancelled):
            yield StatisticsOutcome(job.model, error=job.died) if job.died else _merged(job.answers())

    def _options(self) -> dict[str, float]:
        return {"num_cpus": self._resources.cpus, "num_gpus": self._resources.gpus}

    def _shards(self, request: ProbeRequest, requests: int) -> list[ProbeRequest]:
        """Return the request in parts if there are more processes than requests; only the first is asked more."""
        slots = int(ray.cluster_resources().get("CPU", 1.0) / max(self._resources.cpus, 1e-3))
        most = max(slots // requests, 1)
        count = min(most, -(-len(request.rows) // _LEAST_SHARD))
        if count <= 1:
            return [request]
        parts = [replace(request, rows=part) for part in np.array_split(np.unique(request.rows), count)]
        return [parts[0], *(replace(part, questions=None, measuring=None) for part in parts[1:])]

    def _finished(
        self, jobs: Sequence[_Job[Any]], deadline: Deadline, cancelled: Callable[[], bool]
    ) -> Iterator[_Job[Any]]:
        """Yield each job when its last task is done; stop what is outstanding on leaving."""
        outstanding: dict[Any, tuple[_Job[Any], int]] = {}
        try:
            for job in jobs:
                outstanding |= {submit(): (job, place) for place, submit in enumerate(job.tasks)}
            while outstanding and not deadline.passed():
                if cancelled():
                    raise Cancelled("the job was asked to stop")
                done, _ = ray.wait(list(outstanding), timeout=_ASK_SECONDS)
                for reference in done:
                    job, place = outstanding.pop(reference)
                    again = job.take(place, reference)
                    if again is not None:
                        outstanding[again] = (job, place)
                    elif job.complete:
                        yield job
        finally:
            _stop(list(outstanding))


@dataclass
class _Job(Generic[Answer]):
    """The tasks of one candidate; a task whose process dies is tried once more."""

    model: str
    tasks: Sequence[Callable[[], Any]]
    died: str = ""

    def __post_init__(self) -> None:
        self._answers: dict[int, Answer] = {}
        self._attempts = dict.fromkeys(range(len(self.tasks)), 1)
        self._open = set(self._attempts)

    @property
    def complete(self) -> bool:
        """Whether nothing more will come."""
        return not self._open

    def answers(self) -> list[Answer]:
        """Return what the tasks gave, in order."""
        return [self._answers[place] for place in sorted(self._answers)]

    def take(self, place: int, reference: Any) -> Any:
        """Take in a task that is done; return the one that is tried in its stead, or None."""
        try:
            self._answers[place] = ray.get(reference)
        except RayError as error:
            if self._attempts[place] < _ATTEMPTS:
                self._attempts[place] += 1
                return self.tasks[place]()
            self.died = (
                f"its worker process died {_ATTEMPTS} times ({type(error).__name__}); it may need more memory "
                "than there is"
            )
        self._open.discard(place)
        return None


def _joined(parts: Sequence[ProbeOutcome]) -> ProbeOutcome:
    """Return one outcome of all shards: the first failure, or all rows together."""
    failed = next((part for part in parts if part.error), None)
    if failed is not None:
        return replace(failed, embeddings=None, cost=failed.cost or parts[0].cost)
    embeddings: list[Embeddings] = [part.embeddings for part in parts if part.embeddings is not None]
    return replace(
        parts[0],
        embeddings=united(embeddings),
        load_seconds=sum(part.load_seconds for part in parts),
    )


def _disagree(parts: Sequence[ProbeOutcome]) -> bool:
    """Return whether shards of one model were computed at different precision."""
    return len({part.embeddings.precision for part in parts if part.embeddings is not None}) > 1


def _merged(parts: Sequence[StatisticsOutcome]) -> StatisticsOutcome:
    failed = next((part for part in parts if part.error), None)
    if failed is not None:
        return failed
    found = [part.statistics for part in parts if part.statistics is not None]
    whole = found[0]
    for each in found[1:]:
        whole += each
    return StatisticsOutcome(parts[0].model, whole, sum(part.seconds for part in parts))


def _store(cache: EmbeddingCache, entries: Sequence[CacheEntry]) -> None:
    """Store what the shards of one model computed."""
    if entries:
        whole = united([entry.embeddings for entry in entries])
        # A full disk costs the next run its head start, not this one its result.
        with suppress(OSError):
            cache.store(entries[0].dataset, entries[0].computation, whole)


def _stop(references: Sequence[Any]) -> None:
    """End tasks: at the next Python step, after the grace with their process."""
    for reference in references:
        ray.cancel(reference, force=False)
    _, running = (
        ray.wait(list(references), num_returns=len(references), timeout=_GRACE_SECONDS) if references else ((), ())
    )
    for reference in running:
        with suppress(RayError):
            ray.cancel(reference, force=True)
