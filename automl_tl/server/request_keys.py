"""The identity of a mutating request, for its repetition to be harmless."""

from __future__ import annotations

from typing import Any

from automl_tl import names
from automl_tl.store.requests import RequestKey

__all__ = ["request_key"]


def request_key(project: str, request: Any) -> RequestKey:
    """Return the key of a request message with a ``request_id``; raises InvalidInput if the id is unusable."""
    body = type(request)()
    body.CopyFrom(request)
    body.ClearField("request_id")
    method = type(request).__name__.removesuffix("Request")
    digest = names.digest_bytes(body.SerializeToString(deterministic=True))
    return RequestKey(project, request.request_id, method, digest)
