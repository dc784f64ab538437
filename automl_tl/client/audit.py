"""Ask a service how groups fare in a finished job's answers."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

from automl_tl.client.asking import updates
from automl_tl.client.backoff import Backoff
from automl_tl.client.connection import Connection
from automl_tl.v1 import explanations_pb2 as wire

__all__ = ["audit_report"]


def audit_report(
    open_stream: Callable[[], Iterable[wire.AuditJobResponse]],
    *,
    connection: Connection,
    backoff: Backoff,
    on_progress: Callable[[str], None],
) -> dict[str, Any]:
    """Return the report; a broken stream is asked again from the beginning.

    Raises Unavailable if the service stays away, or ends its stream without a report.
    """
    stream = updates(open_stream, connection=connection, backoff=backoff, awaited="the report")
    for update in stream:
        if update.WhichOneof("update") == "report_json":
            report: dict[str, Any] = json.loads(update.report_json)
            return report
        on_progress(update.progress.message)
    raise AssertionError("a stream of updates ends with its answer or an error")
