"""The ledger at a glance, for whoever operates the service."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import func, select

from automl_tl.store import schema
from automl_tl.store.engine import Database

__all__ = ["Overview"]


class Overview:
    """Questions about all projects at once; no caller of the service may ask them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def projects(self) -> tuple[str, ...]:
        """Return every project with a job, sorted."""
        jobs = schema.jobs
        with self._database.read() as connection:
            return tuple(connection.execute(select(jobs.c.project).distinct().order_by(jobs.c.project)).scalars())

    def jobs_by_state(self) -> Mapping[str, int]:
        """Return how many jobs are in each state."""
        jobs = schema.jobs
        with self._database.read() as connection:
            rows = connection.execute(select(jobs.c.state, func.count()).group_by(jobs.c.state))
            return {str(state): int(count) for state, count in rows}
