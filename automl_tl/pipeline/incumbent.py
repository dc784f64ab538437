"""Keeps the best model so far readable while a job goes on: an artifact that is replaced by better ones."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from automl_tl.finetune.model_archive import pack
from automl_tl.pipeline.context import JobContext
from automl_tl.pipeline.events import BEST_SO_FAR, BEST_SO_FAR_KIND
from automl_tl.pipeline.ports import ArtifactFile
from automl_tl.pipeline.spec import Stage
from automl_tl.search.trial import Trial

__all__ = ["Incumbent"]

_LEAST_SECONDS = 1.0
_SHARE = 0.05
"""What packing and storing may take of the time of a stage, at most."""


class Incumbent:
    """Publishes the best trial's model, at once where that is quick, and not too often where it is slow.

    Parameters
    ----------
    clock
        Seconds, for how often.
    """

    def __init__(self, job: JobContext, stage: Stage, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._job = job
        self._stage = stage
        self._clock = clock
        self._waiting: Path | None = None
        self._next = float("-inf")

    def improved(self, trial: Trial) -> None:
        """The best trial so far is this one, or has a better checkpoint than before."""
        self._waiting = Path(trial.checkpoint)
        self.look()

    def look(self) -> None:
        """Publish what waits, if it is time; to be called now and then."""
        if self._waiting is not None and self._clock() >= self._next:
            self.flush()

    def flush(self) -> None:
        """Publish what waits."""
        if self._waiting is None:
            return
        began = self._clock()
        try:
            archive = pack(self._waiting, self._job.directory(self._stage) / BEST_SO_FAR)
        except OSError:
            # The trial is just replacing its checkpoint by a better one; it will be told.
            self._next = began + _LEAST_SECONDS
            return
        self._waiting = None
        self.offer(archive)
        self._next = self._clock() + max(_LEAST_SECONDS, (self._clock() - began) / _SHARE)

    def offer(self, archive: Path) -> None:
        """Publish a packed model."""
        self._job.journal.offer(
            self._stage, ArtifactFile(BEST_SO_FAR, BEST_SO_FAR_KIND, "application/zip", archive)
        )
