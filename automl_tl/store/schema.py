"""The tables of the ledger. Times are seconds since 1970 (UTC); structured values are JSON text.

Who changes a table here adds a revision in ``migrations/versions`` that does the same to databases that exist.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    UniqueConstraint,
)

from automl_tl.store.plain_text import PlainText

__all__ = [
    "artifacts",
    "datasets",
    "erasures",
    "events",
    "inquiries",
    "jobs",
    "metadata",
    "ranked_models",
    "rankings",
    "requests",
    "stages",
    "tokens",
    "trials",
    "uploads",
]

metadata = MetaData()

# SQLite counts rows up only in a column that is called INTEGER; its integers have eight bytes anyway.
_Whole = BigInteger().with_variant(Integer(), "sqlite")


def _text(name: str, *, default: str = "") -> Column[str]:
    return Column(name, PlainText, nullable=False, default=default)


def _number(name: str, default: float = 0.0) -> Column[float]:
    return Column(name, Float, nullable=False, default=default)


def _integer(name: str, default: int = 0) -> Column[int]:
    return Column(name, _Whole, nullable=False, default=default)


def _job() -> Column[int]:
    return Column("job_id", _Whole, ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True)


datasets = Table(
    "datasets",
    metadata,
    Column("id", _Whole, primary_key=True),
    _text("project"),
    _text("digest"),
    _text("display_name"),
    _text("modality"),
    _text("columns", default="[]"),
    _integer("row_count"),
    _integer("size_bytes"),
    _text("issues", default="[]"),
    _integer("issue_count"),
    Column("blob", PlainText, index=True, doc="SHA-256 of the uploaded file; null for a registered dataset"),
    _text("file_name"),
    _text("uri"),
    _number("create_time"),
    UniqueConstraint("project", "digest"),
    Index("datasets_by_project", "project", "id"),
    sqlite_autoincrement=True,
)

uploads = Table(
    "uploads",
    metadata,
    Column("id", PlainText, primary_key=True),
    _text("project"),
    _text("file_name"),
    _integer("size_bytes"),
    _text("sha256"),
    _number("create_time"),
)

jobs = Table(
    "jobs",
    metadata,
    Column("id", _Whole, primary_key=True),
    _text("project"),
    _text("job"),
    _text("dataset"),
    _text("spec"),
    _text("state"),
    _text("stage"),
    _number("progress"),
    _text("message"),
    _text("stop_reason"),
    Column("error", PlainText, doc="JSON of JobError"),
    Column("result", PlainText, doc="JSON of JobResult"),
    _text("best_trial"),
    Column("cancel_requested", Boolean, nullable=False, default=False),
    _text("cancel_reason"),
    _number("create_time"),
    _number("queue_time"),
    Column("start_time", Float),
    Column("end_time", Float),
    _integer("last_sequence"),
    # The lease. The epoch only ever grows: it is the fencing token that every write of a worker carries.
    _integer("epoch"),
    _text("lease_owner"),
    _number("lease_until"),
    _integer("expired_leases"),
    UniqueConstraint("project", "job"),
    # Claims look for the oldest job of a state, lists for the newest of a project, rankings for those that ended.
    Index("jobs_by_state", "state", "queue_time", "id"),
    Index("jobs_by_dataset", "project", "dataset"),
    Index("jobs_by_project", "project", "id"),
    Index("jobs_by_project_state", "project", "state", "id"),
    Index("jobs_by_end", "project", "state", "end_time", "id"),
    sqlite_autoincrement=True,
)

requests = Table(
    "requests",
    metadata,
    Column("project", PlainText, primary_key=True),
    Column("request_id", PlainText, primary_key=True),
    _text("method"),
    _text("body_digest"),
    _text("answer"),
    _number("create_time"),
    Index("requests_by_time", "create_time"),
)

stages = Table(
    "stages",
    metadata,
    _job(),
    Column("stage", PlainText, primary_key=True),
    _integer("epoch"),
    _number("create_time"),
)

events = Table(
    "events",
    metadata,
    _job(),
    Column("sequence", _Whole, primary_key=True),
    _number("time"),
    _text("kind"),
    _text("payload"),
    sqlite_with_rowid=False,
)

trials = Table(
    "trials",
    metadata,
    _job(),
    Column("number", _Whole, primary_key=True),
    _text("trial"),
    _text("model"),
    _text("strategy"),
    _text("parameters", default="{}"),
    _integer("seed"),
    _text("origin"),
    _text("state"),
    Column("value", Float, doc="null before the first report"),
    _text("metrics", default="{}"),
    _text("curve", default="[]"),
    _number("seconds"),
    _text("checkpoint"),
    _text("error"),
    Column("error_field", PlainText, nullable=False, default="", server_default=""),
    UniqueConstraint("job_id", "trial"),
    Index("trials_by_state", "job_id", "state"),
)

rankings = Table(
    "rankings",
    metadata,
    _job(),
    _text("scorers", default="[]"),
    _integer("n_probe"),
    _text("baselines", default="{}"),
)

ranked_models = Table(
    "ranked_models",
    metadata,
    _job(),
    Column("position", _Whole, primary_key=True),
    _text("row"),
)

artifacts = Table(
    "artifacts",
    metadata,
    Column("id", _Whole, primary_key=True),
    Column("job_id", _Whole, ForeignKey("jobs.id", ondelete="CASCADE"), nullable=False),
    _text("name"),
    _text("kind"),
    _text("media_type"),
    _integer("size_bytes"),
    Column("sha256", PlainText, nullable=False, index=True),
    _text("stage"),
    _number("create_time"),
    UniqueConstraint("job_id", "name"),
    sqlite_autoincrement=True,
)

inquiries = Table(
    "inquiries",
    metadata,
    Column("id", PlainText, primary_key=True),
    Column("job_id", _Whole, ForeignKey("jobs.id", ondelete="CASCADE"), nullable=False, index=True),
    _text("question"),
    Column("picture", LargeBinary, doc="PNG of a new picture, as the confined reader decoded it"),
    _text("state"),
    _text("answer"),
    _integer("version"),
    _number("create_time"),
    _number("expire_time"),
    _integer("epoch"),
    _number("lease_until"),
    Index("inquiries_by_state", "state", "create_time"),
)

erasures = Table(
    "erasures",
    metadata,
    Column("id", _Whole, primary_key=True),
    _text("kind"),
    _text("project"),
    _text("key"),
    _text("blobs", default="[]"),
    _number("create_time"),
)

tokens = Table(
    "tokens",
    metadata,
    Column("id", PlainText, primary_key=True),
    _text("project"),
    Column("secret_hash", PlainText, nullable=False, doc="SHA-256 of the secret, which is stored nowhere"),
    _text("label"),
    _number("create_time"),
    Column("expire_time", Float, doc="null for never"),
    Column("revoke_time", Float),
)
