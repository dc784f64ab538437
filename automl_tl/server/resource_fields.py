"""Which field of a request names its project, read from the descriptors, so that no new call is forgotten."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor, MethodDescriptor, ServiceDescriptor

from automl_tl.v1 import artifacts_pb2, catalog_pb2, datasets_pb2, explanations_pb2, jobs_pb2

__all__ = ["ResourceField", "methods", "resource_field", "services"]

_MODULES = (jobs_pb2, datasets_pb2, artifacts_pb2, catalog_pb2, explanations_pb2)
_NAMES = ("parent", "name")

_WITHOUT_PROJECT = frozenset({"automl_tl.v1.CatalogService"})
"""Services whose answers are the same for every project."""


@dataclass(frozen=True)
class ResourceField:
    """Path of the field that holds ``projects/{project}...``, empty for calls that belong to no project."""

    path: tuple[str, ...]

    def text_of(self, request: Any) -> str:
        """Return the name that a request is about."""
        value = request
        for part in self.path:
            value = getattr(value, part)
        return str(value)

    def project_of(self, request: Any) -> str | None:
        """Return the project that a request is about, None if it names none: then it is refused as malformed."""
        found = re.match(r"projects/([^/]+)", self.text_of(request))
        return found[1] if found else None


def services() -> tuple[ServiceDescriptor, ...]:
    """Return every service of automl_tl.v1."""
    found = [service for module in _MODULES for service in module.DESCRIPTOR.services_by_name.values()]
    return tuple(sorted(found, key=lambda service: service.full_name))


def methods() -> Iterator[tuple[str, MethodDescriptor]]:
    """Yield every method with its path, such as ``/automl_tl.v1.JobService/GetJob``."""
    for service in services():
        for method in service.methods:
            yield f"/{service.full_name}/{method.name}", method


@cache
def resource_field(path: str) -> ResourceField | None:
    """Return where a method's request names its project; None for a method that nobody has thought about.

    A method that is not known here is refused to everybody.
    """
    found = next((method for known, method in methods() if known == path), None)
    if found is None:
        return None
    if found.containing_service.full_name in _WITHOUT_PROJECT:
        return ResourceField(())
    field = _find(found.input_type)
    return None if field is None else ResourceField(field)


def _find(message: Descriptor) -> tuple[str, ...] | None:
    """Return the path of ``parent`` or ``name``, of the message itself or of the header of a stream."""
    for name in _NAMES:
        if name in message.fields_by_name and message.fields_by_name[name].type == FieldDescriptor.TYPE_STRING:
            return (name,)
    header = message.fields_by_name.get("header")
    inner = _find(header.message_type) if header is not None and header.message_type is not None else None
    return None if inner is None else ("header", *inner)
