"""A small model of the service, to check what clients and workers recorded (after etcd's robustness tests).

Nothing here knows how the service works; only what it promises:

- A job that was acknowledged is there, once for every request id.
- A job's history begins with QUEUED, follows the arrows below and has no gap; every watcher read that history.
- A read tells the state that the history had at the sequence that it names, and never an older one than a read
  that ended before it began.
- Every stage is published once, in order, by the worker who held the job then: whoever was told so finds it, and
  whoever was late was refused.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

ARROWS = {
    "": {"QUEUED"},
    "QUEUED": {"RUNNING", "CANCELLED"},
    # RUNNING again is the next stage, or the next worker.
    "RUNNING": {"RUNNING", "CANCELLING", "SUCCEEDED", "FAILED", "QUEUED"},
    "CANCELLING": {"CANCELLING", "CANCELLED", "SUCCEEDED", "FAILED"},
    "SUCCEEDED": set(),
    "FAILED": {"QUEUED"},
    "CANCELLED": {"QUEUED"},
}
FINAL = {"SUCCEEDED", "FAILED", "CANCELLED"}


@dataclass(frozen=True)
class Event:
    """One event of a history; ``state`` and ``artifact`` are "" where it tells of something else."""

    sequence: int
    state: str = ""
    artifact: str = ""
    sha256: str = ""


@dataclass(frozen=True)
class Created:
    """An acknowledged CreateJob."""

    request_id: str
    job: str


@dataclass(frozen=True)
class Read:
    """An answered GetJob: when it was asked and answered, and what it said."""

    job: str
    begun: float
    ended: float
    state: str
    last_sequence: int


@dataclass(frozen=True)
class Published:
    """A stage in the ledger."""

    stage: str
    epoch: int


@dataclass
class Records:
    """Everything that was recorded, and the ledger's last word."""

    created: list[Created] = field(default_factory=list)
    reads: list[Read] = field(default_factory=list)
    watched: list[tuple[str, tuple[int, ...]]] = field(default_factory=list)
    witnesses: list[dict[str, Any]] = field(default_factory=list)
    histories: dict[str, Sequence[Event]] = field(default_factory=dict)
    stages: dict[str, Sequence[Published]] = field(default_factory=dict)


def violations(records: Records, order: Sequence[str]) -> list[str]:
    """Return one sentence for every promise that was broken; ``order`` names the stages."""
    return [
        *_creations(records),
        *(text for job, events in records.histories.items() for text in _history(job, events)),
        *_reads(records),
        *_watches(records),
        *_stages(records, order),
        *_witnesses(records),
    ]


def _creations(records: Records) -> Iterable[str]:
    by_request = defaultdict(set)
    for created in records.created:
        by_request[created.request_id].add(created.job)
        if created.job not in records.histories:
            yield f"{created.job} was acknowledged and is not there"
    for request, jobs in by_request.items():
        if len(jobs) > 1:
            yield f"request {request} made {len(jobs)} jobs"
    if len(by_request) < len(records.histories):
        yield f"{len(by_request)} requests made {len(records.histories)} jobs"


def _history(job: str, events: Sequence[Event]) -> Iterable[str]:
    if [event.sequence for event in events] != list(range(1, len(events) + 1)):
        yield f"{job}: the sequences are not 1..{len(events)}"
    state = ""
    for event in events:
        if event.state:
            if event.state not in ARROWS[state]:
                yield f"{job}: event {event.sequence} goes from {state or 'nothing'} to {event.state}"
            state = event.state
    if Counter(event.state for event in events)["SUCCEEDED"] > 1:
        yield f"{job}: succeeded more than once"


def _reads(records: Records) -> Iterable[str]:
    told = {job: _states(events) for job, events in records.histories.items()}
    by_job = defaultdict(list)
    for read in records.reads:
        by_job[read.job].append(read)
        states = told.get(read.job, [""])
        if not 1 <= read.last_sequence < len(states):
            yield f"{read.job}: a read told of event {read.last_sequence}, which there never was"
        elif states[read.last_sequence] != read.state:
            yield (
                f"{read.job}: a read told {read.state} at event {read.last_sequence}, "
                f"where the history has {states[read.last_sequence]}"
            )
    for job, reads in by_job.items():
        newest_ended = 0.0, 0
        ended = sorted((read.ended, read.last_sequence) for read in reads)
        position = 0
        for read in sorted(reads, key=lambda read: read.begun):
            while position < len(ended) and ended[position][0] < read.begun:
                newest_ended = max(newest_ended, ended[position], key=lambda pair: pair[1])
                position += 1
            if read.last_sequence < newest_ended[1]:
                yield f"{job}: a read told of event {read.last_sequence} after another one of {newest_ended[1]}"


def _states(events: Sequence[Event]) -> list[str]:
    """Return the state after every sequence; the first entry stands for no event."""
    states = [""]
    for event in events:
        states.append(event.state or states[-1])
    return states


def _watches(records: Records) -> Iterable[str]:
    for job, sequences in records.watched:
        expected = tuple(range(1, len(records.histories.get(job, ())) + 1))
        if sequences != expected:
            yield f"{job}: a watcher saw {len(sequences)} events, not 1..{len(expected)} in order"


def _stages(records: Records, order: Sequence[str]) -> Iterable[str]:
    for job, events in records.histories.items():
        published = records.stages.get(job, ())
        told = [event.artifact for event in events if event.artifact]
        if told != [f"{stage.lower()}.bin" for stage in order[: len(told)]]:
            yield f"{job}: artifacts came as {told}"
        by_stage = {each.stage: each.epoch for each in published}
        if len(by_stage) != len(published) or set(by_stage) != set(order[: len(published)]):
            yield f"{job}: has the stages {[each.stage for each in published]}"
        if len(told) != len(published):
            yield f"{job}: {len(published)} stages but {len(told)} events of them"
        epochs = [by_stage[stage] for stage in order if stage in by_stage]
        if epochs != sorted(epochs):
            yield f"{job}: the stages were published under the epochs {epochs}"
        if events and _states(events)[-1] == "SUCCEEDED" and len(published) != len(order):
            yield f"{job}: succeeded with {len(published)} stages"


def _witnesses(records: Records) -> Iterable[str]:
    """Nobody published in vain, and nobody after having been refused."""
    refused: set[tuple[str, int]] = set()
    holders: dict[tuple[str, int], str] = {}
    for line in records.witnesses:
        job, epoch = line["job"].rpartition("/")[2], line["epoch"]
        if holders.setdefault((job, epoch), line["worker"]) != line["worker"]:
            yield f"{job}: two workers held epoch {epoch}"
        if line["what"] == "fenced":
            refused.add((job, epoch))
        if line["what"] == "published":
            if (job, epoch) in refused:
                yield f"{job}: a worker published under epoch {epoch} after it had been refused"
            if Published(line["stage"], epoch) not in records.stages.get(job, ()):
                yield f"{job}: stage {line['stage']} was published under epoch {epoch} and is not there"
