"""Counts as Prometheus reads them, without a word about anybody's projects."""

from prometheus_client.parser import text_string_to_metric_families

from automl_tl.errors import Unavailable
from automl_tl.server.metrics import Metrics


def samples(metrics):
    """Return {(name, labels): value}."""
    families = text_string_to_metric_families(metrics.text().decode())
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for each in families
        for sample in each.samples
    }


def test_calls_are_counted_by_method_and_code():
    metrics = Metrics()
    for code in ("OK", "OK", "NOT_FOUND"):
        metrics.began("/m")
        metrics.ended("/m", code, 0.004)
    metrics.began("/m")
    found = samples(metrics)
    assert found["automl_tl_calls_total", (("code", "OK"), ("method", "/m"))] == 2
    assert found["automl_tl_calls_total", (("code", "NOT_FOUND"), ("method", "/m"))] == 1
    assert found["automl_tl_open_calls", (("method", "/m"),)] == 1
    assert found["automl_tl_call_seconds_bucket", (("le", "0.005"), ("method", "/m"))] == 3
    assert found["automl_tl_call_seconds_bucket", (("le", "0.0025"), ("method", "/m"))] == 0


def test_streams_have_no_time():
    metrics = Metrics()
    metrics.began("/s")
    metrics.ended("/s", "OK", None)
    assert not any(name.startswith("automl_tl_call_seconds") for name, _ in samples(metrics))


def test_jobs_are_asked_for_when_somebody_looks():
    states = {"QUEUED": 1}
    metrics = Metrics(lambda: states)
    assert samples(metrics)["automl_tl_jobs", (("state", "QUEUED"),)] == 1
    states["QUEUED"] = 5
    assert samples(metrics)["automl_tl_jobs", (("state", "QUEUED"),)] == 5


def test_incidents_and_bytes():
    metrics = Metrics()
    metrics.incident()
    metrics.transferred("in", 10)
    metrics.transferred("in", 5)
    found = samples(metrics)
    assert found["automl_tl_incidents_total", ()] == 1
    assert found["automl_tl_bytes_total", (("way", "in"),)] == 15


def test_the_process_is_watched_too():
    assert samples(Metrics())["process_resident_memory_bytes", ()] > 1e6


def test_a_ledger_that_is_away_hides_nothing_else():
    def away():
        raise Unavailable("away")

    metrics = Metrics(away)
    metrics.incident()
    assert samples(metrics)["automl_tl_incidents_total", ()] == 1
