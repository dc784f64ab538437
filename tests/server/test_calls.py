"""What happens around every call."""

import logging
import time
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from automl_tl.errors import PermissionDenied, RateLimited, Unauthenticated
from automl_tl.server.access import Access
from automl_tl.server.calls import CallDesk, open_desk
from automl_tl.server.metrics import Metrics
from automl_tl.server.rates import RateLimit, Rates
from automl_tl.store.tokens import TokenRecord
from automl_tl.v1 import jobs_pb2

GET = "/automl_tl.v1.JobService/GetJob"


def context(*metadata, peer="ipv4:1.2.3.4:5678"):
    return SimpleNamespace(invocation_metadata=lambda: metadata, peer=lambda: peer)


@pytest.fixture
def good():
    """Return the tokens that are good, by text."""
    return {"secret": "p1"}


@pytest.fixture
def desk(good):
    async def verify(token):
        if token not in good:
            raise Unauthenticated("no")
        return TokenRecord("id1", good[token], "", datetime.now(UTC))

    return CallDesk(Access(verify, required=True), Rates(RateLimit(1.0, burst=2)), Metrics())


def test_the_callers_word_for_a_request_is_kept_if_it_is_a_word(desk):
    assert desk.begin(GET, context(("x-request-id", "r-1")), streams=False).request_id == "r-1"
    for bad in ("", "a b", "x" * 65, "a\nb", b"bytes"):
        fresh = desk.begin(GET, context(("x-request-id", bad)), streams=False).request_id
        assert len(fresh) == 32


async def test_a_caller_is_let_in_by_its_token_and_not_too_often(desk):
    call = desk.begin(GET, context(("authorization", "Bearer secret")), streams=False)
    await desk.let_in(call)
    assert call.caller.project == "p1"
    await desk.let_in(call)
    with pytest.raises(RateLimited):
        await desk.let_in(call)
    with pytest.raises(Unauthenticated):
        await desk.let_in(desk.begin(GET, context(), streams=False))


async def test_all_tokens_of_a_project_share_its_rate(desk, good):
    good |= {"second": "p1", "other": "p2"}

    def call(token):
        return desk.begin(GET, context(("authorization", f"Bearer {token}")), streams=False)

    await desk.let_in(call("secret"))
    await desk.let_in(call("second"))
    with pytest.raises(RateLimited):
        await desk.let_in(call("second"))
    await desk.let_in(call("other"))


async def test_machines_without_tokens_are_told_apart_by_address_not_by_port():
    desk = open_desk()
    desk._rates = Rates(RateLimit(1.0, burst=1))
    for peer, refused in (("ipv4:1.1.1.1:1", False), ("ipv4:1.1.1.1:2", True), ("ipv6:[::1]:3", False)):
        call = desk.begin(GET, context(peer=peer), streams=False)
        if refused:
            with pytest.raises(RateLimited):
                await desk.let_in(call)
        else:
            await desk.let_in(call)


async def test_a_request_must_be_about_the_tokens_project(desk):
    call = desk.begin(GET, context(("authorization", "Bearer secret")), streams=False)
    await desk.let_in(call)
    desk.authorise(call, jobs_pb2.GetJobRequest(name="projects/p1/jobs/j1"))
    assert call.resource == "projects/p1/jobs/j1"
    with pytest.raises(PermissionDenied):
        desk.authorise(call, jobs_pb2.GetJobRequest(name="projects/p2/jobs/j1"))
    call.method = "/automl_tl.v1.JobService/Forgotten"
    with pytest.raises(PermissionDenied):
        desk.authorise(call, jobs_pb2.GetJobRequest(name="projects/p1/jobs/j1"))


async def test_a_long_stream_ends_when_its_token_does(desk, good, monkeypatch):
    call = desk.begin(GET, context(("authorization", "Bearer secret")), streams=True)
    await desk.let_in(call)
    good.clear()
    await desk.keep_in(call)  # not yet
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now + 10)
    desk._access._clock = lambda: now + 10
    with pytest.raises(Unauthenticated):
        await desk.keep_in(call)


def test_every_call_is_written_down_without_its_token(desk, caplog):
    call = desk.begin(GET, context(("authorization", "Bearer secret")), streams=False)
    call.resource = "projects/p1/jobs/j1\nFAKE"
    with caplog.at_level(logging.INFO):
        desk.end(call, "NOT_FOUND")
    assert "GetJob NOT_FOUND in" in caplog.text
    assert r"j1\nFAKE" in caplog.text
    assert "secret" not in caplog.text
    assert 'automl_tl_calls_total{code="NOT_FOUND"' in desk._metrics.text().decode()


def test_an_incident_is_counted(desk):
    desk.end(desk.begin(GET, context(), streams=False), "INTERNAL")
    assert "automl_tl_incidents_total 1.0" in desk._metrics.text().decode()
