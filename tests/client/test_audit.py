"""A client reads an audit's stream to its end."""

from types import SimpleNamespace

import pytest

from automl_tl.client.audit import audit_report
from automl_tl.errors import Unavailable
from automl_tl.v1 import explanations_pb2 as wire

WAITING = wire.AuditJobResponse(progress=wire.ExplanationProgress(message="waiting for a worker"))
DONE = wire.AuditJobResponse(report_json='{"count": 3}')


def read(*streams, patience=1):
    """Return the report and what was heard from these streams, one after the other."""
    left, heard = list(streams), []
    waits = iter([True] * patience + [False])
    backoff = SimpleNamespace(reset=lambda: None, wait=lambda: next(waits))
    report = audit_report(
        lambda: left.pop(0), connection=SimpleNamespace(), backoff=backoff, on_progress=heard.append
    )
    return report, heard


def test_progress_is_heard_and_the_report_ends_it():
    """What comes after it is not read."""
    assert read([WAITING, DONE, WAITING]) == ({"count": 3}, ["waiting for a worker"])


def test_a_stream_that_ends_too_early_is_asked_again_and_then_given_up():
    """As after a restart of the service."""
    assert read([WAITING], [DONE])[0] == {"count": 3}
    with pytest.raises(Unavailable, match="before the report"):
        read([WAITING], [WAITING], patience=1)
