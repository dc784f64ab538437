"""What a cluster does with a service's jobs, learnt with few questions: Ray lists all that were ever submitted."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Mapping

from automl_tl.distributed.jobs_api import JobsApi, RayJob

__all__ = ["JOB", "SERVICE", "Submissions"]

JOB, SERVICE = "automl_tl_job", "automl_tl_service"
"""Keys of a submission's metadata: the job's resource name, and which service it belongs to."""

_LIST_SECONDS = 30.0
_MOST_QUESTIONS = 4


class Submissions:
    """The submissions of one service, as far as they were looked at.

    Those in flight are asked after one by one, a few at each look, the longest unasked first. The whole list,
    which holds everybody's jobs since the cluster's head started, is read where nothing else will do: at the
    beginning, before something is submitted, and now and then for what others have submitted for the same service.

    Parameters
    ----------
    service
        Whose submissions these are.
    list_seconds
        Longest time between two readings of the whole list.
    """

    def __init__(
        self,
        api: JobsApi,
        service: str,
        *,
        list_seconds: float = _LIST_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._api = api
        self._service = service
        self._list_seconds = list_seconds
        self._clock = clock
        self._listed = float("-inf")
        self._turns = itertools.count()
        self._asked: dict[str, int] = {}
        self._known: dict[str, RayJob] = {}

    @property
    def known(self) -> Mapping[str, RayJob]:
        """Every submission of the cluster by its id, as it was when it was last looked at."""
        return self._known

    @property
    def flying(self) -> dict[str, RayJob]:
        """This service's submissions that are not over, by the job's resource name."""
        mine = (run for run in self._known.values() if run.metadata.get(SERVICE) == self._service)
        return {run.metadata[JOB]: run for run in mine if not run.over}

    def look(self) -> bool:
        """Learn what has become of those in flight; return whether the whole list was read for that.

        Raises
        ------
        Unavailable, Unauthenticated, FailedPrecondition
            As the Jobs API does.
        """
        if self._clock() - self._listed >= self._list_seconds:
            self.read_list()
            return True
        ids = sorted(
            (run.submission_id for run in self.flying.values()), key=lambda each: self._asked.get(each, -1)
        )
        for submission_id in ids[:_MOST_QUESTIONS]:
            found = self._api.find(submission_id)
            self._asked[submission_id] = next(self._turns)
            if found is None:  # a head that started anew has forgotten everything
                self.read_list()
                return True
            self._known[submission_id] = found
        return False

    def read_list(self) -> None:
        """Read the whole list."""
        self._known = {run.submission_id: run for run in self._api.list()}
        self._listed = self._clock()
        self._asked = {key: turn for key, turn in self._asked.items() if key in self._known}

    def add(self, run: RayJob) -> None:
        """Take in what was submitted just now."""
        self._known[run.submission_id] = run
