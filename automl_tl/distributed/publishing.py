"""One trial on a machine whose disk nobody else sees: its state is fetched, what it leaves is published."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

from automl_tl.distributed.node_directory import process_directory
from automl_tl.errors import DataCorrupted, NotFound
from automl_tl.finetune.trial_files import (
    PublishedTrial,
    TrialFiles,
    note_published,
    published_from_json,
    published_to_json,
    state_file,
)
from automl_tl.finetune.workload import Workload

__all__ = ["PUBLISHED", "Publishing", "note"]

PUBLISHED = "published"
"""Key under which a report says what the trial has published, as JSON."""

_LOG = logging.getLogger(__name__)


class Publishing:
    """Stands between a trial and the rest of the job; where all see the same disk it does nothing.

    Parameters
    ----------
    workload
        As the driver has it.
    """

    def __init__(self, workload: Workload, trial: str) -> None:
        self._trial = trial
        self._elsewhere: TrialFiles | None = workload.elsewhere
        self._before: PublishedTrial | None = None
        self._workload = workload

    @cached_property
    def workload(self) -> Workload:
        """The workload as the trial shall have it: its checkpoints go to this process's own directory."""
        if self._elsewhere is None:
            return self._workload
        return replace(self._workload, checkpoint_root=process_directory())

    def resume_from(self, wanted: str) -> Path | None:
        """Return where the trial goes on, on this machine's disk; None if it begins from nothing.

        Parameters
        ----------
        wanted
            What the driver says: where the state lies or would lie, "" for a trial that begins.
        """
        if self._elsewhere is None or not wanted:
            return Path(wanted) if wanted else None
        root = self.workload.checkpoint_root
        try:
            self._before = self._elsewhere.fetch_state(self._trial, root)
        except (NotFound, DataCorrupted) as error:
            _LOG.warning("%s begins anew: %s", self._trial, error.message)
            return None
        return state_file(root, self._trial)

    def publish(self) -> dict[str, str]:
        """Publish what the trial has left by now; return what its next report says of it.

        Raises
        ------
        Unavailable
            If the place for it stays away.
        """
        if self._elsewhere is None:
            return {}
        self._before = self._elsewhere.publish(self._trial, self.workload.checkpoint_root, self._before)
        return {PUBLISHED: published_to_json(self._before)}

    def clear(self) -> None:
        """Erase what the trial has left on this machine: it is published, and goes on anywhere."""
        if self._elsewhere is not None:
            shutil.rmtree(self.workload.checkpoint_root / self._trial, ignore_errors=True)
            state_file(self.workload.checkpoint_root, self._trial).unlink(missing_ok=True)


def note(workload: Workload, result: Mapping[str, Any]) -> None:
    """Note on the driver's disk what a report says of published files."""
    if PUBLISHED in result:
        note_published(workload.checkpoint_root, published_from_json(result[PUBLISHED]))
