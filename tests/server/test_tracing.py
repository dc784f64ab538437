"""Calls become spans, children of the caller's, without its secrets."""

import sys

import pytest

from automl_tl.errors import InvalidInput
from automl_tl.server.tracing import NO_TRACING, OpenTelemetry, set_up_tracing

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture
def exported():
    """Return a tracing and the list of what it has exported."""
    trace = pytest.importorskip("opentelemetry.sdk.trace")
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    exporter, provider = InMemorySpanExporter(), trace.TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    return OpenTelemetry(provider), exporter


def test_a_call_is_a_child_of_its_callers_span(exported):
    tracing, exporter = exported
    metadata = [("traceparent", PARENT), ("authorization", "Bearer secret"), ("traceparent-bin", b"x")]
    with tracing.span("/automl_tl.v1.JobService/GetJob", metadata):
        pass
    (span,) = exporter.get_finished_spans()
    assert span.name == "automl_tl.v1.JobService/GetJob"
    assert f"{span.context.trace_id:032x}" == PARENT.split("-")[1]
    assert f"{span.parent.span_id:016x}" == PARENT.split("-")[2]
    assert span.attributes["rpc.method"] == "GetJob"
    assert "secret" not in span.to_json()


def test_without_a_caller_a_trace_begins(exported):
    tracing, exporter = exported
    with tracing.span("/a.B/C", [("traceparent", "nonsense")]):
        pass
    assert exporter.get_finished_spans()[0].parent is None


def test_no_tracing_is_nothing():
    with NO_TRACING.span("/a.B/C", []) as span:
        assert span is None


def test_where_it_is_not_installed_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.http.trace_exporter", None)
    with pytest.raises(InvalidInput, match=r"automl-tl\[tracing\]"):
        set_up_tracing()
