"""Whether there is anything left to do for a job."""

from __future__ import annotations

from automl_tl import names
from automl_tl.errors import NotFound
from automl_tl.store.ledger import Ledger

__all__ = ["ended"]


def ended(ledger: Ledger, job: str) -> bool:
    """Return whether a job (resource name) is in a final state, or gone."""
    try:
        return ledger.jobs.get(*names.parse_job(job)).state.final
    except NotFound:
        return True
