"""Bearer tokens."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Column, Float, Text

__all__ = ["branch_labels", "depends_on", "down_revision", "revision", "upgrade"]

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table of tokens."""
    op.create_table(
        "tokens",
        Column("id", Text, primary_key=True),
        *(Column(name, Text, nullable=False) for name in ("project", "secret_hash", "label")),
        Column("create_time", Float, nullable=False),
        Column("expire_time", Float),
        Column("revoke_time", Float),
    )
