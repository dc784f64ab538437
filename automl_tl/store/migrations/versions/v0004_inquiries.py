"""Questions about finished jobs that a worker answers."""

from __future__ import annotations

from alembic import op
from sqlalchemy import BigInteger, Column, Float, ForeignKey, Integer, LargeBinary, Text

__all__ = ["branch_labels", "depends_on", "down_revision", "revision", "upgrade"]

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table of inquiries."""
    whole = BigInteger().with_variant(Integer(), "sqlite")
    op.create_table(
        "inquiries",
        Column("id", Text, primary_key=True),
        Column("job_id", whole, ForeignKey("jobs.id", ondelete="CASCADE"), nullable=False),
        Column("question", Text, nullable=False),
        Column("picture", LargeBinary),
        *(Column(name, Text, nullable=False) for name in ("state", "answer")),
        Column("version", whole, nullable=False),
        *(Column(name, Float, nullable=False) for name in ("create_time", "expire_time")),
        Column("epoch", whole, nullable=False),
        Column("lease_until", Float, nullable=False),
    )
    op.create_index("ix_inquiries_job_id", "inquiries", ["job_id"])
    op.create_index("inquiries_by_state", "inquiries", ["state", "create_time"])
