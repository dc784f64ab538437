"""Which files can be a whole dataset by themselves; one list for the client, the service and the command line."""

from __future__ import annotations

from automl_tl.data.archive import ARCHIVE_SUFFIXES
from automl_tl.data.tables.base import TABLE_SUFFIXES

__all__ = ["DATASET_SUFFIXES"]

DATASET_SUFFIXES = (*ARCHIVE_SUFFIXES, *TABLE_SUFFIXES)
"""Endings, in lower case, of archives and single tables."""
