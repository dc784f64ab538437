"""The words between ranks and the process that watches them: both are ours, so that pickles will do."""

from __future__ import annotations

from enum import StrEnum
from multiprocessing.connection import Connection
from typing import Any

from automl_tl.finetune.workload import CurvePoint

__all__ = ["Watcher", "Word"]


class Word(StrEnum):
    """What a rank says, with one value."""

    READY = "ready"
    """It has imported what it needs and waits for its task; the answer is the task."""
    REMAINING = "remaining"
    """It asks how many seconds are left."""
    REPORT = "report"
    """It has a point of the curve; the answer says whether to go on."""
    DONE = "done"
    """It is done; rank 0 with the outcome of the trial, or with whether a straight run has left its model."""
    FAILED = "failed"
    """It cannot go on, with the error if it is one of ours, else with its kind."""


class Watcher:
    """The watching process, as a rank sees it."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def ask(self, word: Word, value: Any = None) -> Any:
        """Return the answer to a word."""
        self.tell(word, value)
        return self._connection.recv()

    def tell(self, word: Word, value: Any = None) -> None:
        """Say a word that has no answer."""
        self._connection.send((word, value))

    def remaining(self) -> float:
        """Return the seconds left, minus infinity where the trial was cancelled."""
        return float(self.ask(Word.REMAINING))

    def report(self, point: CurvePoint) -> bool:
        """Hand a point on; return whether the trial goes on."""
        return bool(self.ask(Word.REPORT, point))

    def wait_for_the_end(self) -> None:
        """Return when nobody watches any more; until then, what this process holds stays open."""
        while True:
            try:
                self._connection.recv()
            except (EOFError, OSError):
                return
