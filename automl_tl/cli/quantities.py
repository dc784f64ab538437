"""Limits as people type them: ``10M`` parameters, ``20ms``, ``500MB``."""

from __future__ import annotations

import re
from collections.abc import Mapping

from automl_tl.errors import SpecError

__all__ = ["parse_count", "parse_megabytes", "parse_milliseconds"]

_COUNTS = {"": 1.0, "K": 1e3, "M": 1e6, "G": 1e9, "B": 1e9}
_MILLISECONDS = {"us": 1e-3, "ms": 1.0, "s": 1e3}
_MEGABYTES = {"KB": 1e-3, "MB": 1.0, "GB": 1e3, "TB": 1e6}
_BINARY = {"KiB": 2**10 / 1e6, "MiB": 2**20 / 1e6, "GiB": 2**30 / 1e6, "TiB": 2**40 / 1e6}


def parse_count(text: str) -> int:
    """Return a whole number >= 1 of a number with K, M or G (B means the same) or none; raises SpecError."""
    count = _parse(text, _COUNTS, "max_parameters", "a number with K, M or G such as 10M or 250K")
    if count < 1 or count != int(count):
        raise SpecError(
            f"max_parameters must be a whole number of at least 1 but got {text!r}", field="max_parameters"
        )
    return int(count)


def parse_milliseconds(text: str) -> float:
    """Return milliseconds, > 0, of a number with the unit us, ms or s; raises SpecError."""
    return _parse(text, _MILLISECONDS, "max_latency", "a number with us, ms or s such as 20ms")


def parse_megabytes(text: str) -> float:
    """Return megabytes (10^6 bytes), > 0, of a number with KB to TB or KiB to TiB; raises SpecError."""
    rule = "a number with KB, MB or GB such as 500MB, or with MiB or GiB"
    return _parse(text, {**_MEGABYTES, **_BINARY}, "max_memory", rule)


def _parse(text: str, units: Mapping[str, float], field: str, rule: str) -> float:
    """Return the number in the unit of which the factor is 1."""
    match = re.fullmatch(r"([0-9]+(?:\.[0-9]*)?|\.[0-9]+) ?([A-Za-z]*)", text.strip())
    factors = {unit.casefold(): factor for unit, factor in units.items()}
    factor = factors.get(match[2].casefold()) if match else None
    if match is None or factor is None:
        raise SpecError(f"{field} must be {rule}, not {text!r}", field=field)
    # A product of decimals: 1.1 * 10^6 is not a whole number in binary.
    value = round(float(match[1]) * factor, 9)
    if not 0 < value < float("inf"):
        raise SpecError(f"{field} must be larger than 0 but got {text!r}", field=field)
    return value
