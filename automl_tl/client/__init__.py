"""The Python client; imports neither torch nor ray nor sqlalchemy."""

from automl_tl.client.client import DEFAULT_ADDRESS, Client
from automl_tl.client.types import (
    Artifact,
    CatalogModel,
    Column,
    CurvePoint,
    Dataset,
    Evaluation,
    Interval,
    Job,
    JobResult,
    Plugin,
    RankedModel,
    RowIssue,
    Trial,
)

__all__ = [
    "DEFAULT_ADDRESS",
    "Artifact",
    "CatalogModel",
    "Client",
    "Column",
    "CurvePoint",
    "Dataset",
    "Evaluation",
    "Interval",
    "Job",
    "JobResult",
    "Plugin",
    "RankedModel",
    "RowIssue",
    "Trial",
]
