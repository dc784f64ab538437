"""Frozen dataclasses to plain JSON values and back, by their type hints; standard library only.

NaN and infinity become ``null`` and return as NaN, arrays become ``{"dtype", "shape", "data"}``, bytes become
base64 text, times ISO 8601 text. Unknown keys are ignored and missing keys take the field's default, so that an
older reader understands a newer file as far as it can.
"""

from __future__ import annotations

import base64
import dataclasses
import math
import types
from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from automl_tl.errors import InvalidInput

__all__ = ["from_plain", "to_plain"]

T = TypeVar("T")


def to_plain(value: Any) -> Any:
    """Return ``value`` built only of dict, list, str, int, finite float, bool and None."""
    if value is None or (isinstance(value, bool | str) and not isinstance(value, Enum)):
        return value
    if isinstance(value, Enum):
        return value.value
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: to_plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): to_plain(entry) for key, entry in value.items()}
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, datetime):
        return value.isoformat()
    if hasattr(value, "dtype"):
        return _plain_numpy(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, int):
        return value
    if isinstance(value, Sequence | set | frozenset):
        entries = value if isinstance(value, Sequence) else sorted(value)
        return [to_plain(entry) for entry in entries]
    raise TypeError(f"cannot write a {type(value).__name__} as JSON")


def _plain_numpy(value: Any) -> Any:
    if getattr(value, "ndim", 0) == 0:
        return to_plain(value.item())
    flat = [to_plain(entry) for entry in value.reshape(-1).tolist()]
    return {"dtype": str(value.dtype), "shape": list(value.shape), "data": flat}


def from_plain(kind: type[T], value: Any, *, path: str = "") -> T:
    """Return the ``kind`` that :func:`to_plain` wrote; raises InvalidInput naming the field that does not fit."""
    result: T = _read(kind, value, path or getattr(kind, "__name__", "value"))
    return result


def _read(kind: Any, value: Any, path: str) -> Any:
    origin = get_origin(kind)
    if kind is Any or kind is object:
        return value
    if origin in (Union, types.UnionType):
        return _read_union(get_args(kind), value, path)
    if origin is tuple:
        return _read_tuple(get_args(kind), value, path)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        entry = get_args(kind)[1]
        checked = _expect(value, dict, path)
        return {key: _read(entry, item, f"{path}.{key}") for key, item in checked.items()}
    if _is_array(kind):
        return _read_array(value, path)
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        return _read_dataclass(kind, value, path)
    return _read_scalar(kind, value, path)


def _read_dataclass(kind: type, value: Any, path: str) -> Any:
    checked = _expect(value, dict, path)
    hints = get_type_hints(kind)
    arguments = {}
    for field in dataclasses.fields(kind):
        if field.name in checked:
            arguments[field.name] = _read(hints[field.name], checked[field.name], f"{path}.{field.name}")
        elif field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING:
            raise InvalidInput(f"{path} lacks the field {field.name!r}; is the file complete?", field=path)
    return kind(**arguments)


def _read_tuple(arguments: tuple[Any, ...], value: Any, path: str) -> tuple[Any, ...]:
    checked = _expect(value, list, path)
    if len(arguments) == 2 and arguments[1] is Ellipsis:
        return tuple(_read(arguments[0], item, f"{path}[{i}]") for i, item in enumerate(checked))
    if len(checked) != len(arguments):
        raise InvalidInput(f"{path} must have {len(arguments)} entries but has {len(checked)}", field=path)
    pairs = zip(arguments, checked, strict=True)
    return tuple(_read(kind, item, f"{path}[{i}]") for i, (kind, item) in enumerate(pairs))


def _read_union(options: tuple[Any, ...], value: Any, path: str) -> Any:
    if value is None and type(None) in options:
        return None
    kinds = [option for option in options if option is not type(None)]
    for kind in kinds:
        if isinstance(kind, type) and type(value) is kind:
            return value
    return _read(kinds[0], value, path)


def _is_array(kind: Any) -> bool:
    return getattr(get_origin(kind) or kind, "__name__", "") == "ndarray"


def _read_array(value: Any, path: str) -> Any:
    import numpy as np

    checked = _expect(value, dict, path)
    data = [float("nan") if entry is None else entry for entry in checked["data"]]
    return np.asarray(data, dtype=checked["dtype"]).reshape(checked["shape"])


def _read_scalar(kind: Any, value: Any, path: str) -> Any:
    if kind is float:
        if value is None:
            return float("nan")
        return float(_expect(value, (int, float), path))
    if kind is bytes:
        return base64.b64decode(_expect(value, str, path), validate=True)
    if kind is datetime:
        return _read_time(_expect(value, str, path), path)
    if kind is Path:
        return Path(_expect(value, str, path))
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind(value)
    return _expect(value, kind, path)


def _read_time(text: str, path: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise InvalidInput(f"{path} must be a time as of ISO 8601 but got {text!r:.60}", field=path) from None


def _expect(value: Any, kind: Any, path: str) -> Any:
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        wanted = getattr(kind, "__name__", str(kind))
        raise InvalidInput(f"{path} must be a JSON {wanted} but got {value!r:.60}", field=path)
    return value
