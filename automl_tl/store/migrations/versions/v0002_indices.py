"""Lists, claims and rankings stay quick with a hundred thousand jobs; the version moves to Alembic's table."""

from __future__ import annotations

from alembic import op

__all__ = ["branch_labels", "depends_on", "down_revision", "revision", "upgrade"]

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the indices."""
    op.drop_index("jobs_by_state", "jobs")
    for name, table, columns in (
        ("datasets_by_project", "datasets", ["project", "id"]),
        ("jobs_by_state", "jobs", ["state", "queue_time", "id"]),
        ("jobs_by_project", "jobs", ["project", "id"]),
        ("jobs_by_project_state", "jobs", ["project", "state", "id"]),
        ("jobs_by_end", "jobs", ["project", "state", "end_time", "id"]),
        ("requests_by_time", "requests", ["create_time"]),
        ("trials_by_state", "trials", ["job_id", "state"]),
    ):
        op.create_index(name, table, columns)
    op.drop_table("schema_version")
