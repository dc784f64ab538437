"""Durations and budgets as people type them: ``120s``, ``2m``, ``1.5h``; ``wall=120s,trials=20,money=2.50``."""

from __future__ import annotations

import re
from collections.abc import Callable

from automl_tl.errors import SpecError

__all__ = ["format_duration", "parse_amount", "parse_budget", "parse_duration"]

_SECONDS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_DURATION = re.compile(r"(\d+(?:\.\d*)?|\.\d+)([smhd]?)")


def parse_duration(text: str, *, field: str = "duration") -> float:
    """Return seconds, > 0, of a number with the unit s, m, h or d (none means s); raises SpecError."""
    match = _DURATION.fullmatch(text.strip())
    if match is None:
        raise SpecError(
            f"{field} must be a number with s, m, h or d such as 120s or 1.5h, not {text!r}", field=field
        )
    seconds = float(match[1]) * _SECONDS[match[2] or "s"]
    if not 0 < seconds < float("inf"):
        raise SpecError(f"{field} must be longer than 0 but got {text!r}", field=field)
    return seconds


def format_duration(seconds: float) -> str:
    """Return seconds as people read them: ``7.5s``, ``2m 05s``, ``1h 30m``."""
    if seconds < 59.95:
        return f"{seconds:.1f}s" if seconds < 10 else f"{seconds:.0f}s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes}m {rest:02d}s"
    return f"{minutes // 60}h {minutes % 60:02d}m"


def parse_budget(text: str) -> dict[str, float | int]:
    """Return the fields of a BudgetSpec that ``wall=DURATION,trials=N,gpu=DURATION,money=M,price=P`` names.

    ``price`` is that of one device for one hour; ``money`` needs it.

    Raises
    ------
    SpecError
        If a part is none of these, stands twice, or has a value out of range.
    """
    limits: dict[str, float | int] = {}
    for part in (piece.strip() for piece in text.split(",")):
        name, sign, value = part.partition("=")
        key = _KEYS.get(name.strip())
        if key is None or not sign:
            raise SpecError(
                "budget knows wall=DURATION, trials=N, gpu=DURATION, money=AMOUNT and price=AMOUNT (of one device "
                f"for one hour), not {part!r}",
                field="budget",
            )
        if key in limits:
            raise SpecError(f"budget names {name.strip()!r} twice", field="budget")
        limits[key] = _LIMITS[name.strip()](value.strip(), f"budget.{name.strip()}")
    if "money" in limits and "price_per_device_hour" not in limits:
        raise SpecError(
            "budget.money needs the price of one device for one hour, such as money=2.50,price=1.80",
            field="budget",
        )
    return limits


def _amount(text: str, field: str) -> float:
    return parse_amount(text, field=field)


def _duration(text: str, field: str) -> float:
    return parse_duration(text, field=field)


def _count(text: str, field: str) -> int:
    if not re.fullmatch(r"[0-9]{1,5}", text) or int(text) < 1:
        raise SpecError(f"{field} must be a whole number of at least 1, not {text!r}", field=field)
    return int(text)


def parse_amount(text: str, *, field: str) -> float:
    """Return an amount of money; raises SpecError unless it is a number larger than 0 such as ``2.50``."""
    if not re.fullmatch(r"[0-9]{1,12}(\.[0-9]*)?|\.[0-9]+", text) or not float(text):
        raise SpecError(f"{field} must be a number larger than 0 such as 2.50, not {text!r}", field=field)
    return float(text)


_KEYS = {
    "wall": "wall_seconds",
    "trials": "trials",
    "gpu": "gpu_seconds",
    "money": "money",
    "price": "price_per_device_hour",
}
_LIMITS: dict[str, Callable[[str, str], float | int]] = {
    "wall": _duration,
    "trials": _count,
    "gpu": _duration,
    "money": _amount,
    "price": _amount,
}
