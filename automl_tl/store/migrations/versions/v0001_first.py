"""The tables of the first ledgers, which were made without migrations."""

from __future__ import annotations

from typing import Any

from alembic import op
from sqlalchemy import BigInteger, Boolean, Column, Float, ForeignKey, Integer, Text, UniqueConstraint

__all__ = ["branch_labels", "depends_on", "down_revision", "revision", "upgrade"]

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_WHOLE = BigInteger().with_variant(Integer(), "sqlite")


def upgrade() -> None:
    """Make every table."""
    op.create_table(
        "datasets",
        _id(),
        *_texts("project", "digest", "display_name", "modality", "columns"),
        *_wholes("row_count", "size_bytes"),
        *_texts("issues"),
        *_wholes("issue_count"),
        Column("blob", Text),
        *_texts("file_name", "uri"),
        _number("create_time"),
        UniqueConstraint("project", "digest"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_datasets_blob", "datasets", ["blob"])
    op.create_table(
        "uploads",
        Column("id", Text, primary_key=True),
        *_texts("project", "file_name"),
        *_wholes("size_bytes"),
        *_texts("sha256"),
        _number("create_time"),
    )
    _create_jobs()
    op.create_table(
        "requests",
        Column("project", Text, primary_key=True),
        Column("request_id", Text, primary_key=True),
        *_texts("method", "body_digest", "answer"),
        _number("create_time"),
    )
    _create_tables_of_jobs()
    op.create_table("erasures", _id(), *_texts("kind", "project", "key", "blobs"), _number("create_time"))
    op.create_table("schema_version", Column("version", Integer, primary_key=True))


def _create_jobs() -> None:
    op.create_table(
        "jobs",
        _id(),
        *_texts("project", "job", "dataset", "spec", "state", "stage"),
        _number("progress"),
        *_texts("message", "stop_reason"),
        Column("error", Text),
        Column("result", Text),
        *_texts("best_trial"),
        Column("cancel_requested", Boolean, nullable=False),
        *_texts("cancel_reason"),
        _number("create_time"),
        _number("queue_time"),
        Column("start_time", Float),
        Column("end_time", Float),
        *_wholes("last_sequence", "epoch"),
        *_texts("lease_owner"),
        _number("lease_until"),
        *_wholes("expired_leases"),
        UniqueConstraint("project", "job"),
        sqlite_autoincrement=True,
    )
    op.create_index("jobs_by_state", "jobs", ["state", "queue_time"])
    op.create_index("jobs_by_dataset", "jobs", ["project", "dataset"])


def _create_tables_of_jobs() -> None:
    op.create_table(
        "stages", _job(), Column("stage", Text, primary_key=True), *_wholes("epoch"), _number("create_time")
    )
    op.create_table(
        "events",
        _job(),
        Column("sequence", _WHOLE, primary_key=True),
        _number("time"),
        *_texts("kind", "payload"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "trials",
        _job(),
        Column("number", _WHOLE, primary_key=True),
        *_texts("trial", "model", "strategy", "parameters"),
        *_wholes("seed"),
        *_texts("origin", "state"),
        Column("value", Float),
        *_texts("metrics", "curve"),
        _number("seconds"),
        *_texts("checkpoint", "error"),
        UniqueConstraint("job_id", "trial"),
    )
    op.create_table("rankings", _job(), *_texts("scorers"), *_wholes("n_probe"), *_texts("baselines"))
    op.create_table("ranked_models", _job(), Column("position", _WHOLE, primary_key=True), *_texts("row"))
    op.create_table(
        "artifacts",
        _id(),
        Column("job_id", _WHOLE, ForeignKey("jobs.id", ondelete="CASCADE"), nullable=False),
        *_texts("name", "kind", "media_type"),
        *_wholes("size_bytes"),
        *_texts("sha256", "stage"),
        _number("create_time"),
        UniqueConstraint("job_id", "name"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_artifacts_sha256", "artifacts", ["sha256"])


def _id() -> Column[Any]:
    return Column("id", _WHOLE, primary_key=True)


def _job() -> Column[Any]:
    return Column("job_id", _WHOLE, ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True)


def _texts(*names: str) -> list[Column[Any]]:
    return [Column(name, Text, nullable=False) for name in names]


def _wholes(*names: str) -> list[Column[Any]]:
    return [Column(name, _WHOLE, nullable=False) for name in names]


def _number(name: str) -> Column[Any]:
    return Column(name, Float, nullable=False)
