"""A worker as the tests run it: the shipped loop, lease, heartbeat and journal around eight empty stages.

What it believes to have done goes to a file of its own, line by line, so that a killed worker is a witness too.
"""

from __future__ import annotations

import errno
import json
import logging
import os
import random
import signal
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from automl_tl.errors import Cancelled, LeaseLost
from automl_tl.pipeline.ports import ArtifactFile
from automl_tl.pipeline.spec import Stage
from automl_tl.search.budget import StopReason
from automl_tl.search.trial import Trial, TrialState
from automl_tl.store.layout import DataDirectory
from automl_tl.store.leases import Lease
from automl_tl.store.places import Places
from automl_tl.store.records import JobResult
from automl_tl.worker.claiming import take_jobs, worker_name
from automl_tl.worker.leased_work import LeasedWork, Outcome
from automl_tl.worker.stoppable import StoppableJournal


def with_room(write: Callable[[], Any]) -> None:
    """Write a file of the harness itself, later if need be: a limit of the whole process holds for these, too."""
    while True:
        try:
            write()
        except OSError as error:
            if error.errno != errno.EFBIG:
                raise
            time.sleep(0.02)
        else:
            return


@dataclass
class Witness:
    """Writes what a worker believes; a line is one write, so that a kill never leaves half of one."""

    descriptor: int

    @classmethod
    def beside(cls, directory: Path) -> Witness:
        path = directory / f"{os.getpid()}-{time.time_ns()}.jsonl"
        return cls(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600))

    def says(self, what: str, lease: Lease, **more: Any) -> None:
        line = {"what": what, "job": lease.name, "epoch": lease.epoch, "worker": lease.worker, **more}
        with_room(lambda: os.write(self.descriptor, (json.dumps(line) + "\n").encode()))


def run_worker(
    data_dir: str,
    database: str,
    blob_store: str,
    witness_dir: str,
    lease_seconds: float,
    stage_seconds: float,
    patience_seconds: float = 600.0,
    busy: bool = False,
) -> None:
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(process)d %(levelname)s %(message)s")
    random.seed()  # a fork would otherwise play its parent's game
    tempfile.gettempdir()  # looks for a directory by writing a file, once; a limit that may come forbids that
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    directory, places = DataDirectory(Path(data_dir)).create(), Places(database, blob_store)
    ledger, blobs = places.open_ledger(directory), places.open_blobs(directory)
    witness = Witness.beside(Path(witness_dir))
    work = LeasedWork(ledger, stop, patience_seconds)

    def stages(lease: Lease) -> Outcome:
        witness.says("claimed", lease)
        journal = StoppableJournal(ledger, blobs, lease, stop=stop, patience=work.patience)
        try:
            return walk(journal, lease, witness, stage_seconds, busy=busy)
        except LeaseLost:
            witness.says("fenced", lease)
            raise

    take_jobs(
        lambda: ledger.claim_next(worker_name(), lease_seconds),
        lambda lease: work.carry_out(lease, stages),
        stop=stop,
    )
    ledger.close()


def walk(
    journal: StoppableJournal, lease: Lease, witness: Witness, seconds: float, *, busy: bool = False
) -> Outcome:
    """Go through the stages as the pipeline does: what is published is not done again."""
    for stage in Stage:
        if journal.finished_stage(stage):
            continue
        journal.begin(stage)
        compute(seconds) if busy else work(journal, seconds * random.uniform(0.2, 1.8))
        if stage is Stage.SEARCH:
            for number in range(3):
                trial = Trial(
                    f"t{number:04d}", number, "starter:a", "full", {}, 0, "sampler", state=TrialState.SUCCEEDED
                )
                journal.record_trial(trial)
        publish(journal, lease, witness, stage)
    return Outcome(StopReason.COMPLETED, JobResult("starter:a"))


def work(journal: StoppableJournal, seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if journal.cancelled():
            raise Cancelled("the job was asked to stop")
        journal.progress(0.5, "working")
        time.sleep(0.02)


def compute(seconds: float) -> None:
    """Use a processor for so long."""
    end = time.process_time() + seconds
    while time.process_time() < end:
        sum(range(1000))


def publish(journal: StoppableJournal, lease: Lease, witness: Witness, stage: Stage) -> None:
    """Publish bytes that no other attempt at the stage would make."""
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "output"
        own = f"{lease.name} {stage} {lease.epoch} {os.getpid()} {random.random()}\n"
        content = own.encode() + random.randbytes(random.randrange(4096))
        with_room(lambda: path.write_bytes(content))
        witness.says("publishing", lease, stage=stage.value)
        journal.publish(stage, [ArtifactFile(f"{stage.value.lower()}.bin", "thing", "x/y", path)])
        witness.says("published", lease, stage=stage.value)
