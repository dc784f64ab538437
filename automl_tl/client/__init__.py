"""The Python client; imports neither torch nor ray nor sqlalchemy, and gRPC only when the client is used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

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
    ModelCost,
    Plugin,
    RankedModel,
    RowIssue,
    Trial,
)

if TYPE_CHECKING:
    from automl_tl.client.client import DEFAULT_ADDRESS, Client
    from automl_tl.client.credentials import Credentials

__all__ = [
    "DEFAULT_ADDRESS",
    "Artifact",
    "CatalogModel",
    "Client",
    "Column",
    "Credentials",
    "CurvePoint",
    "Dataset",
    "Evaluation",
    "Interval",
    "Job",
    "JobResult",
    "ModelCost",
    "Plugin",
    "RankedModel",
    "RowIssue",
    "Trial",
]


def __getattr__(name: str) -> Any:
    if name in ("DEFAULT_ADDRESS", "Client"):
        from automl_tl.client import client

        return getattr(client, name)
    if name == "Credentials":
        from automl_tl.client.credentials import Credentials

        return Credentials
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
