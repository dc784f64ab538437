"""Times, enums and figures."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from google.protobuf.timestamp_pb2 import Timestamp

from automl_tl.errors import InvalidInput

__all__ = ["enum_number", "enum_word", "interval_values", "timestamp"]


def timestamp(time: datetime | None) -> Timestamp | None:
    """Return a time as the wire has it; None stays None."""
    if time is None:
        return None
    wire = Timestamp()
    wire.FromDatetime(time)
    return wire


def enum_number(enum: Any, prefix: str, word: str) -> Any:
    """Return the value called ``{prefix}_{word}``, 0 for an empty word or one that the wire does not know."""
    return enum.Value(f"{prefix}_{word.upper()}") if f"{prefix}_{word.upper()}" in enum.keys() else 0  # noqa: SIM118


def enum_word(enum: Any, prefix: str, number: int, *, field: str) -> str:
    """Return a value's name without its prefix, "" for 0; raises InvalidInput for a number without a name."""
    if number == 0:
        return ""
    if number not in enum.values():
        known = ", ".join(name for name in enum.keys() if not name.endswith("_UNSPECIFIED"))  # noqa: SIM118
        raise InvalidInput(f"{field} must be one of {known} but got the number {number}", field=field)
    return str(enum.Name(number)).removeprefix(f"{prefix}_")


def interval_values(interval: Any) -> dict[str, float]:
    """Return the fields of an interval with its bounds."""
    return {"value": interval.value, "low": interval.low, "high": interval.high}
