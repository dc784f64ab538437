"""The field that a trial's failure names."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Column, Text

__all__ = ["branch_labels", "depends_on", "down_revision", "revision", "upgrade"]

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; trials that failed before name no field."""
    op.add_column("trials", Column("error_field", Text, nullable=False, server_default=""))
