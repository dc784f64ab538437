"""Spans for OpenTelemetry, where it is installed and asked for; nothing at all otherwise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Protocol

from automl_tl.errors import InvalidInput

__all__ = ["NO_TRACING", "OpenTelemetry", "Tracing", "set_up_tracing"]


class Tracing(Protocol):
    """Makes one span around every call."""

    def span(self, method: str, metadata: Sequence[tuple[str, str | bytes]]) -> AbstractContextManager[Any]:
        """Return a span, the child of the caller's if its metadata names one (W3C trace context)."""


class _NoTracing:
    def span(self, method: str, metadata: Sequence[tuple[str, str | bytes]]) -> AbstractContextManager[Any]:
        return nullcontext()


NO_TRACING: Tracing = _NoTracing()


class OpenTelemetry:
    """Spans through the API of OpenTelemetry.

    Parameters
    ----------
    provider
        Where spans go; None takes the process's own provider.
    """

    def __init__(self, provider: Any = None) -> None:
        from opentelemetry import propagate, trace

        self._extract = propagate.extract
        self._kind = trace.SpanKind.SERVER
        self._tracer = trace.get_tracer("automl_tl", tracer_provider=provider)

    def span(self, method: str, metadata: Sequence[tuple[str, str | bytes]]) -> AbstractContextManager[Any]:
        """Return a span named after the method."""
        service, _, name = method.strip("/").partition("/")
        attributes: Mapping[str, str] = {"rpc.system": "grpc", "rpc.service": service, "rpc.method": name}
        # Only the trace context: other metadata may hold a token.
        told = {
            key: value
            for key, value in metadata
            if key in ("traceparent", "tracestate") and isinstance(value, str)
        }
        return self._tracer.start_as_current_span(
            f"{service}/{name}", context=self._extract(told), kind=self._kind, attributes=attributes
        )


def set_up_tracing() -> Tracing:
    """Send spans where the standard variables (``OTEL_EXPORTER_OTLP_ENDPOINT`` ...) say.

    Raises
    ------
    InvalidInput
        If OpenTelemetry is not installed.
    """
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ModuleNotFoundError as error:
        raise InvalidInput(
            f"tracing needs the package {error.name}; install 'automl-tl[tracing]'", field="tracing"
        ) from None
    provider = TracerProvider(resource=Resource.create({"service.name": "automl-tl"}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return OpenTelemetry(provider)
