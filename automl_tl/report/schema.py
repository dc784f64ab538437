"""The published schema of the JSON report, made from the types that are written; JSON Schema 2020-12."""

from __future__ import annotations

import dataclasses
import json
import types
from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from importlib.resources import files
from typing import Any, Union, get_args, get_origin, get_type_hints

from automl_tl.errors import InvalidInput
from automl_tl.report.completeness import Completeness
from automl_tl.report.content import SCHEMA, ReportContent

__all__ = ["FILE_NAME", "check_report", "make_schema", "published_schema"]

FILE_NAME = "report.schema.json"
_DRAFT = "https://json-schema.org/draft/2020-12/schema"
_ARRAY = {
    "type": "object",
    "description": "An array: its elements in row order, null for NaN.",
    "required": ["dtype", "shape", "data"],
    "properties": {
        "dtype": {"type": "string"},
        "shape": {"type": "array", "items": {"type": "integer", "minimum": 0}},
        "data": {"type": "array", "items": {"type": ["number", "boolean", "string", "null"]}},
    },
}
_PLAIN = {str: "string", bool: "boolean", int: "integer", type(None): "null"}


def published_schema() -> dict[str, Any]:
    """Return the schema that is shipped with this version."""
    text = files("automl_tl.report").joinpath(FILE_NAME).read_text(encoding="utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema


def check_report(plain: Mapping[str, Any]) -> None:
    """Raise InvalidInput, with the place, where a JSON report does not fit the published schema."""
    from jsonschema import Draft202012Validator

    error = next(Draft202012Validator(published_schema()).iter_errors(plain), None)
    if error is not None:
        place = "/" + "/".join(str(part) for part in error.absolute_path)
        raise InvalidInput(f"the report does not fit {SCHEMA} at {place}: {error.message[:200]}", field=place)


def make_schema() -> dict[str, Any]:
    """Return the schema of this version's types.

    Fields may be added within one version, so that unknown ones are allowed everywhere. Numbers that could not be
    measured are null.
    """
    definitions: dict[str, Any] = {"array": _ARRAY}
    body = _object(ReportContent, definitions)
    _kind(Completeness, definitions)
    pointers = {"type": "array", "items": {"type": "string", "pattern": "^/"}}
    return {
        "$schema": _DRAFT,
        "$id": f"urn:{SCHEMA.replace('/', ':')}",
        "title": "Report of a job of automl_tl",
        "type": "object",
        "required": ["schema", "completeness", "regulatory_map", *body["required"]],
        "properties": {
            "schema": {"const": SCHEMA},
            "completeness": {"$ref": "#/$defs/Completeness"},
            "regulatory_map": {
                "type": "object",
                "additionalProperties": {"type": "object", "additionalProperties": pointers},
            },
            **body["properties"],
        },
        "$defs": dict(sorted(definitions.items())),
    }


def _object(kind: type, definitions: dict[str, Any]) -> dict[str, Any]:
    hints = get_type_hints(kind)
    fields = dataclasses.fields(kind)
    return {
        "type": "object",
        "description": (kind.__doc__ or "").strip().split("\n", maxsplit=1)[0],
        "required": [
            field.name
            for field in fields
            if field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
        ],
        "properties": {field.name: _kind(hints[field.name], definitions) for field in fields},
    }


def _kind(kind: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    origin, arguments = get_origin(kind), get_args(kind)
    if kind in (Any, object):
        return {}
    if origin in (Union, types.UnionType):
        return {"anyOf": [_kind(each, definitions) for each in arguments]}
    if origin is tuple:
        if len(arguments) == 2 and arguments[1] is Ellipsis:
            return {"type": "array", "items": _kind(arguments[0], definitions)}
        count = len(arguments)
        items = [_kind(each, definitions) for each in arguments]
        return {"type": "array", "prefixItems": items, "minItems": count, "maxItems": count}
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return {"type": "object", "additionalProperties": _kind(arguments[1], definitions)}
    if getattr(origin or kind, "__name__", "") == "ndarray":
        return {"$ref": "#/$defs/array"}
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        if kind.__name__ not in definitions:
            definitions[kind.__name__] = {}
            definitions[kind.__name__] = _object(kind, definitions)
        return {"$ref": f"#/$defs/{kind.__name__}"}
    return _scalar(kind)


def _scalar(kind: Any) -> dict[str, Any]:
    if kind is float:
        return {"type": ["number", "null"]}
    if kind is bytes:
        return {"type": "string", "contentEncoding": "base64"}
    if kind is datetime:
        return {"type": "string", "format": "date-time"}
    if isinstance(kind, type) and issubclass(kind, Enum):
        return {"enum": [member.value for member in kind]}
    return {"type": _PLAIN[kind]}
