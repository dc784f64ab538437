"""Random faults, one after the other, from a thread of their own, until enough of them happened."""

from __future__ import annotations

import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from crash_harness.processes import Cluster, Process


@dataclass
class Faults:
    """Does something bad to random processes while a ``with`` block lasts; then everybody is well again.

    Attributes
    ----------
    wanted
        How many faults there shall be.
    pause
        Shortest and longest time between two faults, in seconds.
    nap
        Shortest and longest time for which a process is stopped (SIGSTOP); longer than a lease makes a zombie.
    others
        More faults, such as a crash of the database; chosen one time in twenty.
    """

    cluster: Cluster
    seed: int
    wanted: int
    pause: tuple[float, float] = (0.05, 0.3)
    nap: tuple[float, float] = (0.2, 4.0)
    others: Sequence[tuple[str, Callable[[], None]]] = ()
    counts: Counter = field(default_factory=Counter)
    error: BaseException | None = None

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)
        self._naps: list[tuple[float, Process, int]] = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="faults")

    def __enter__(self) -> Faults:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    @property
    def enough(self) -> bool:
        """Whether all wanted faults happened and nobody suffers any more; raises what went wrong instead."""
        if self.error is not None:
            raise self.error
        return not self._thread.is_alive()

    def _run(self) -> None:
        try:
            self._do_all()
        except BaseException as error:
            self.error = error

    def _do_all(self) -> None:
        while sum(self.counts.values()) < self.wanted and not self._over.wait(self._random.uniform(*self.pause)):
            self._wake(time.monotonic())
            self._do_one()
            self._start_the_dead()
        self._wake(float("inf"))
        self._start_the_dead()

    def _start_the_dead(self) -> None:
        """Do what a supervisor does: a server that finds no database at its start ends, for instance."""
        for process in (*self.cluster.workers, *self.cluster.servers):
            if not process.alive():
                process.start()

    def _do_one(self) -> None:
        if self.others and self._random.random() < 0.05:
            name, cause = self._random.choice(list(self.others))
            cause()
            self.counts[name] += 1
            return
        process = self._random.choice([*self.cluster.workers, *self.cluster.servers])
        kind = "server" if process in self.cluster.servers else "worker"
        if self._random.random() < 0.5:
            process.kill()
            process.start()
            self.counts[f"SIGKILL {kind}"] += 1
        else:
            process.signal(signal.SIGSTOP)
            until = time.monotonic() + self._random.uniform(*self.nap)
            self._naps.append((until, process, process.pid))
            self.counts[f"SIGSTOP {kind}"] += 1

    def _wake(self, now: float) -> None:
        due = [nap for nap in self._naps if nap[0] <= now]
        self._naps = [nap for nap in self._naps if nap[0] > now]
        for _, process, pid in due:
            # It may have been killed in its sleep, and its successor sleeps for itself.
            if process.pid == pid:
                process.signal(signal.SIGCONT)
