"""What a monitoring system asks: calls, times, refusals, watchers and jobs, in the text format of Prometheus."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric

from automl_tl.errors import Unavailable

__all__ = ["CONTENT_TYPE", "Metrics"]

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)


class Metrics:
    """Counts of one server; no label tells a project, a job or a caller.

    Parameters
    ----------
    jobs
        Returns the number of jobs by state; asked at every :meth:`text`, may block.
    """

    def __init__(self, jobs: Callable[[], Mapping[str, int]] | None = None) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self._calls = Counter(
            "automl_tl_calls",
            "Calls that ended, by method and gRPC code.",
            ("method", "code"),
            registry=self.registry,
        )
        self._seconds = Histogram(
            "automl_tl_call_seconds",
            "Time to answer a call that is not a stream.",
            ("method",),
            buckets=_SECONDS,
            registry=self.registry,
        )
        self._open = Gauge("automl_tl_open_calls", "Calls in progress.", ("method",), registry=self.registry)
        self._incidents = Counter(
            "automl_tl_incidents", "Failures that nobody foresaw; the log tells them.", registry=self.registry
        )
        self._bytes = Counter(
            "automl_tl_bytes", "Bytes of uploads received and artifacts sent.", ("way",), registry=self.registry
        )
        if jobs is not None:
            self.registry.register(_Jobs(jobs))

    def began(self, method: str) -> None:
        """Count a call that begins."""
        self._open.labels(method).inc()

    def ended(self, method: str, code: str, seconds: float | None) -> None:
        """Count a call that ended; ``seconds`` is None for streams, which last as long as they are wanted."""
        self._open.labels(method).dec()
        self._calls.labels(method, code).inc()
        if seconds is not None:
            self._seconds.labels(method).observe(seconds)

    def incident(self) -> None:
        """Count a failure that nobody foresaw."""
        self._incidents.inc()

    def transferred(self, way: str, count: int) -> None:
        """Count bytes ``in`` or ``out``."""
        self._bytes.labels(way).inc(count)

    def text(self) -> bytes:
        """Return everything as Prometheus reads it."""
        return generate_latest(self.registry)


class _Jobs:
    def __init__(self, jobs: Callable[[], Mapping[str, int]]) -> None:
        self._jobs = jobs

    def describe(self) -> Iterator[Metric]:
        yield GaugeMetricFamily("automl_tl_jobs", "Jobs in the ledger, by state.", labels=("state",))

    def collect(self) -> Iterator[Metric]:
        family = GaugeMetricFamily("automl_tl_jobs", "Jobs in the ledger, by state.", labels=("state",))
        # While the ledger is away everything else is of all the more interest.
        with suppress(Unavailable):
            for state, count in sorted(self._jobs().items()):
                family.add_metric((state,), count)
        yield family
