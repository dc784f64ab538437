"""Keeps the best model so far readable while a job goes on: an artifact that is replaced by better ones."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from automl_tl.errors import Unavailable
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
    find
        Returns the directory with a trial's checkpoint, None if there is none just now.
    clock
        Seconds, for how often.
    """

    def __init__(
        self,
        job: JobContext,
        stage: Stage,
        *,
        find: Callable[[Trial], Path | None] = lambda trial: Path(trial.checkpoint),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._job = job
        self._stage = stage
        self._find = find
        self._clock = clock
        self._waiting: Trial | None = None
        self._next = float("-inf")

    def improved(self, trial: Trial) -> None:
        """The best trial so far is this one, or has a better checkpoint than before."""
        self._waiting = trial
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
            found = self._find(self._waiting)
            archive = pack(found, self._job.directory(self._stage) / BEST_SO_FAR) if found else None
        except (OSError, Unavailable):
            archive = None
        if archive is None:
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
