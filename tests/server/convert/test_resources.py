"""Datasets, artifacts and models on the wire."""

from datetime import UTC, datetime

from automl_tl.data.dataset import RowIssue
from automl_tl.pipeline.columns import ColumnSummary
from automl_tl.server.convert.resources import artifact_to_wire, dataset_to_wire, model_to_wire
from automl_tl.store.records import ArtifactRecord, DatasetRecord
from automl_tl.zoo.card import ImageInput, ModelCard

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def test_a_dataset_tells_columns_and_issues_but_not_where_its_bytes_are():
    record = DatasetRecord(
        "default", "a" * 64, "digits", "image", (ColumnSummary("label", 2, 1, ("cat", "dog")),), 10, 99,
        (RowIssue("3", "unreadable"),), 1, blob="b" * 64, file_name="x.zip", create_time=NOW,
    )  # fmt: skip
    message = dataset_to_wire(record)
    assert message.name == record.name
    assert (message.row_count, message.size_bytes, message.issue_count) == (10, 99, 1)
    (column,) = message.columns
    assert (column.name, column.unique_count, column.missing_count, list(column.example_values)) == (
        "label", 2, 1, ["cat", "dog"],
    )  # fmt: skip
    (issue,) = message.issues
    assert (issue.row, issue.problem, issue.left_out) == ("3", "unreadable", True)
    assert "b" * 64 not in str(message)


def test_an_artifact_tells_its_digest_as_bytes():
    record = ArtifactRecord("default", "job-1", "m.zip", "model", "application/zip", 3, "ab" * 32, "FIT", NOW)
    message = artifact_to_wire(record)
    assert (message.name, message.sha256, message.stage) == (record.name, b"\xab" * 32, "FIT")


def test_a_model_tells_name_and_id_but_never_a_place():
    card = ModelCard("hf", "owner/name", "text", "bert", "bert", ImageInput(), licence="MIT", location="/secret")
    message = model_to_wire(card)
    assert (message.name, message.id) == ("sources/hf/models/owner--name", "hf:owner/name")
    assert message.license == "MIT"
    assert "secret" not in str(message)
