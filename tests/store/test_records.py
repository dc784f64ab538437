"""Records name themselves and say no more about a failure than a caller may know."""

from datetime import UTC, datetime

from automl_tl.errors import DatasetError
from automl_tl.pipeline.events import Warned
from automl_tl.store.records import ArtifactRecord, DatasetRecord, EventRecord, JobError

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def test_names():
    assert DatasetRecord("default", "a" * 64, "", "text", (), 1, 1).name == f"projects/default/datasets/{'a' * 64}"
    record = ArtifactRecord("default", "job-1", "report.html", "report_html", "text/html", 1, "", "REPORT", NOW)
    assert record.name == "projects/default/jobs/job-1/artifacts/report.html"


def test_our_own_errors_are_told_word_for_word():
    assert JobError.of(DatasetError("row 3: no label")) == JobError("INVALID_DATASET", "row 3: no label")


def test_other_errors_are_told_by_type_only():
    error = JobError.of(KeyError("/secret/path"))
    assert error.reason == "INTERNAL"
    assert "KeyError" in error.message
    assert "secret" not in error.message


def test_an_event_record_decodes_its_payload():
    assert EventRecord(1, NOW, "warning", {"message": "careful", "later": 1}).payload == Warned("careful")
