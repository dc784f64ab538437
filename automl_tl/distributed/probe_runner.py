"""Probes candidates as Ray tasks, many at once, large data in shards."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Generic, TypeVar

import numpy as np
import ray
from numpy.typing import NDArray
from ray.exceptions import NodeDiedError, ObjectLostError, RayError

from automl_tl.data.dataset import Dataset
from automl_tl.distributed.node_data import Copies, SharedDataset
from automl_tl.distributed.probe_tasks import CacheEntry, embed_shard, united
from automl_tl.distributed.session import RaySession
from automl_tl.distributed.slots import check_room, warn_of_absence
from automl_tl.distributed.stream_statistics import PART_ROWS, stream_statistics
from automl_tl.errors import Cancelled, DeadlineReached
from automl_tl.pipeline.probing.inline_runner import InlineProbeRunner, interruption
from automl_tl.pipeline.probing.request import ProbeOutcome, ProbeRequest, StatisticsOutcome
from automl_tl.probe.cache import EmbeddingCache
from automl_tl.search.budget import Deadline
from automl_tl.search.runner import LoadModel, Resources
from automl_tl.zoo.card import ModelCard

__all__ = ["RayProbeRunner"]

_ASK_SECONDS = 0.2
_LEAST_SHARD = 256
"""A shard of fewer rows would spend its time on loading the model."""
_ATTEMPTS = 2
_NODES = 10
"""Nodes that may go away under one task, which is none to blame for it; cheap nodes are often taken back."""
_WITH_NODE = (NodeDiedError, ObjectLostError)

Answer = TypeVar("Answer")


class RayProbeRunner:
    """Implements :class:`~automl_tl.pipeline.probing.runner.ProbeRunner` with Ray tasks.

    Parameters
    ----------
    session
        Ray; started if nobody has started it.
    resources
        What one task asks for, or a function that says so once Ray has started; as many run at once as fit into
        it.
    load_model
        Where models come from; None means each card's own source, kept in the memory of each process.
    copies
        How nodes get a data set's files; None where they see the disk on which those lie.
    """

    def __init__(
        self,
        session: RaySession,
        resources: Resources | Callable[[], Resources] | None = None,
        *,
        load_model: LoadModel | None = None,
        copies: Copies | None = None,
    ) -> None:
        self._copies = copies
        self._session = session
        self._asked = resources or Resources()
        self._resources = Resources()
        self._load_model = load_model
        self._here = InlineProbeRunner(load_model)

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
        FailedPrecondition
            If this Ray can never give a task what it asks for.
        """
        self._begin()
        shared, task = self._shared(dataset), embed_shard.options(**self._options())
        asked = {request.card.id: request for request in requests}
        jobs: list[_Job[tuple[ProbeOutcome, tuple[CacheEntry, ...]]]] = [
            _Job(
                model,
                [
                    partial(task.remote, shard, shared, cache, self._load_model)
                    for shard in self._shards(request, len(requests))
                ],
            )
            for model, request in asked.items()
        ]
        for job in self._finished(jobs, deadline, cancelled):
            begun(job.model)
            outcomes = (
                [ProbeOutcome(job.model, error=job.died)] if job.died else [each for each, _ in job.answers()]
            )
            failed = next((each for each in outcomes if each.error), None)
            if failed is not None:
                yield failed
                continue
            _store(cache, [entry for _, entries in job.answers() for entry in entries])
            if len(outcomes) == 1:
                yield _copied(outcomes[0])
                continue
            # Shards leave in the cache what is needed to answer the request as a whole, at once and in one way.
            (request,), seconds = [asked[job.model]], sum(_seconds(each) for each in outcomes)
            for whole in self._here.run([request], dataset, cache, deadline=deadline, cancelled=cancelled):
                yield _with_seconds(whole, seconds)

    def statistics(
        self,
        cards: Sequence[ModelCard],
        dataset: Dataset,
        rows: NDArray[np.int64],
        labels: NDArray[np.int64],
        *,
        deadline: Deadline,
        cancelled: Callable[[], bool],
        shard_rows: int = PART_ROWS,
    ) -> Iterator[StatisticsOutcome]:
        """Yield each model's statistics, in order; parts are added up as they come. Raises as :meth:`run` does."""
        self._begin()
        interrupted = interruption(deadline, cancelled)
        for card in cards:
            try:
                yield stream_statistics(
                    self._session,
                    card,
                    dataset,
                    rows,
                    labels,
                    interrupted=interrupted,
                    resources=self._resources,
                    part_rows=shard_rows,
                    load_model=self._load_model,
                    copies=self._copies,
                )
            except DeadlineReached:
                return

    def _begin(self) -> None:
        """Wait for Ray, and learn what a task asks of it; what it can never give is an error at once."""
        self._session.start()
        self._resources = self._asked if isinstance(self._asked, Resources) else self._asked()
        if self._session.local:
            check_room(self._resources, who="a task of probing")
        else:
            warn_of_absence(self._resources)

    def _shared(self, dataset: Dataset) -> ray.ObjectRef:
        """Put the data set where tasks find it, and its files where nodes do."""
        if self._copies is not None:
            self._copies.publish(dataset)
        return ray.put(SharedDataset(dataset, self._copies))

    def _options(self) -> dict[str, Any]:
        asked = {"num_cpus": self._resources.cpus, "num_gpus": self._resources.gpus}
        return asked | ({"accelerator_type": self._resources.accelerator} if self._resources.accelerator else {})

    def _shards(self, request: ProbeRequest, requests: int) -> list[ProbeRequest]:
        """Return the request, in parts that only fill the cache if there are more processes than requests."""
        slots = int(ray.cluster_resources().get("CPU", 1.0) / max(self._resources.cpus, 1e-3))
        count = min(max(slots // requests, 1), -(-len(request.rows) // _LEAST_SHARD))
        if count <= 1:
            return [request]
        # A choice of layers takes all examples; forced, it makes a shard compute all that there is to choose from.
        trial = request.layer_trial and replace(request.layer_trial, forced=True)
        filling = replace(request, questions=None, measuring=None, layer_trial=trial)
        return [replace(filling, rows=part) for part in np.array_split(np.unique(request.rows), count)]

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
    """The tasks of one candidate; tried once more if a process dies, and more often if a node goes away."""

    model: str
    tasks: Sequence[Callable[[], Any]]
    died: str = ""

    def __post_init__(self) -> None:
        self._answers: dict[int, Answer] = {}
        self._deaths: Counter[int] = Counter()
        self._lost_nodes: Counter[int] = Counter()
        self._open = set(range(len(self.tasks)))

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
            lost = isinstance(error, _WITH_NODE)
            counted, most = (self._lost_nodes, _NODES) if lost else (self._deaths, _ATTEMPTS)
            counted[place] += 1
            if counted[place] < most:
                return self.tasks[place]()
            kind = type(error).__name__
            if lost:
                self.died = f"{most} nodes went away under it ({kind})"
            else:
                self.died = f"its worker process died {most} times ({kind}); it may need more memory than there is"
        self._open.discard(place)
        return None


def _copied(outcome: ProbeOutcome) -> ProbeOutcome:
    """Return the outcome with arrays of its own: what comes out of Ray's object store would pin its memory."""
    embeddings, own = (found and united([found]) for found in (outcome.embeddings, outcome.own))
    return replace(outcome, embeddings=embeddings, own=own)


def _seconds(outcome: ProbeOutcome) -> float:
    return outcome.embeddings.seconds if outcome.embeddings is not None else 0.0


def _with_seconds(outcome: ProbeOutcome, more: float) -> ProbeOutcome:
    """Return the outcome with what its shards took."""
    if outcome.embeddings is None:
        return outcome
    return replace(outcome, embeddings=replace(outcome.embeddings, seconds=outcome.embeddings.seconds + more))


def _store(cache: EmbeddingCache, entries: Sequence[CacheEntry]) -> None:
    """Store what the shards of one model computed, each kind of embedding with the rows of all shards."""
    for dataset, computation in dict.fromkeys((entry.dataset, entry.computation) for entry in entries):
        parts = [entry.embeddings for entry in entries if entry.computation == computation]
        # A full disk costs the next run its head start, not this one its result.
        with suppress(OSError):
            cache.store(dataset, computation, united(parts))


def _stop(references: Sequence[Any]) -> None:
    """End tasks with their processes: interrupted within an import, one would fail whatever it does next."""
    for reference in references:
        with suppress(RayError):
            ray.cancel(reference, force=True)
