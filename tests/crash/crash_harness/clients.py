"""Clients that write down what they asked and what they were told."""

from __future__ import annotations

import random
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from contextlib import suppress

from crash_harness.model import Created, Read, Records

from automl_tl.client import Client
from automl_tl.errors import AutomlError, FailedPrecondition, Unavailable
from automl_tl.pipeline.spec import JobSpec

PATIENCE = 120.0


def create_until_acknowledged(address: Callable[[], str], spec: JobSpec, records: Records) -> str:
    """Send one request again and again, to any server, until one acknowledges it; return the job's id."""
    request_id = uuid.uuid4().hex
    while True:
        with suppress(Unavailable), Client(address(), patience=0.0, timeout=5.0) as client:
            job = client.create_job(spec, request_id=request_id).name.rpartition("/")[2]
            records.created.append(Created(request_id, job))
            return job
        time.sleep(0.05)


class Readers:
    """Threads that read random jobs, resume failed ones, and record every answer."""

    def __init__(self, address: Callable[[], str], jobs: Sequence[str], records: Records, *, count: int) -> None:
        self._address = address
        self._jobs = jobs
        self._records = records
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._read, args=(seed,)) for seed in range(count)]
        self.unanswered = 0
        self.resumed = 0

    def __enter__(self) -> Readers:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _read(self, seed: int) -> None:
        chance = random.Random(seed)
        while not self._over.wait(chance.uniform(0.01, 0.1)):
            if not self._jobs:
                continue
            try:
                with Client(self._address(), patience=0.0, timeout=3.0) as client:
                    for _ in range(20):
                        self._ask(client, chance.choice(self._jobs))
            except AutomlError:
                self.unanswered += 1

    def _ask(self, client: Client, job: str) -> None:
        begun = time.monotonic()
        answer = client.get(f"projects/default/jobs/{job}")
        read = Read(job, begun, time.monotonic(), answer.state.value, answer.last_sequence)
        self._records.reads.append(read)
        if answer.state.value == "FAILED":
            with suppress(FailedPrecondition):
                client.resume(f"projects/default/jobs/{job}")
                self.resumed += 1


class Watchers:
    """Threads that follow one job each through every interruption until it has succeeded."""

    def __init__(self, address: str, jobs: Sequence[str], records: Records) -> None:
        self._address = address
        self._records = records
        self._threads = [threading.Thread(target=self._watch, args=(job,)) for job in jobs]
        self.errors: list[str] = []

    def __enter__(self) -> Watchers:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        for thread in self._threads:
            thread.join()

    def _watch(self, job: str) -> None:
        name, seen = f"projects/default/jobs/{job}", []
        try:
            with Client(self._address, patience=PATIENCE) as client:
                while True:
                    seen += [event.sequence for event in client.watch(name, after_sequence=len(seen))]
                    if client.get(name).state.value == "SUCCEEDED":
                        break
                    time.sleep(0.1)
        except AutomlError as error:
            self.errors.append(f"{job}: {error}")
        self._records.watched.append((job, tuple(seen)))
