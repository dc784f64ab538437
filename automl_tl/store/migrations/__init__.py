"""How databases of older revisions become those of this program (Alembic); one file for each revision."""
