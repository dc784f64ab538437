"""Cost beside accuracy: every finished trial, and the steps of those that no other one beats in both."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from markupsafe import Markup

from automl_tl.choice.base import CostPoint
from automl_tl.report.svg import Scale, element, figure_svg, label, ticks
from automl_tl.report.wording import duration

__all__ = ["cost_scatter"]

_WIDTH, _HEIGHT, _LEFT, _RIGHT, _TOP, _BOTTOM = 890.0, 330.0, 90.0, 20.0, 22.0, 48.0
_LEAST_SECONDS = 0.01


def cost_scatter(
    points: Sequence[CostPoint], *, winner: str, higher_is_better: bool, axis: str, shown: Callable[[float], str]
) -> Markup:
    """Return the chart: training time to the right on a logarithmic scale, the better the higher.

    Points on the front are filled and joined, the winner is larger and named; each point says what it is.
    """
    times = [_log(point) for point in points]
    values = [point.value for point in points]
    across = Scale(*_padded(times), _LEFT, _WIDTH - _RIGHT)
    low, high = _padded(values)
    up = (
        Scale(low, high, _HEIGHT - _BOTTOM, _TOP)
        if higher_is_better
        else Scale(low, high, _TOP, _HEIGHT - _BOTTOM)
    )
    parts = [_axes(across, up, axis, shown)]
    front = [(across(_log(point)), up(point.value)) for point in points if point.efficient]
    parts.append(element("path", d=_steps(front), class_="front"))
    for point in points:
        parts.append(_point(point, across(_log(point)), up(point.value), shown, main=point.trial == winner))
    best = [f"{p.trial} ({shown(p.value)}, {duration(p.seconds)})" for p in points if p.efficient]
    description = (
        f"Result against training time of {len(points)} finished trials. "
        f"No other trial is both as good and as cheap as these: {', '.join(best[:8])}."
    )
    return figure_svg(*parts, width=_WIDTH, height=_HEIGHT, description=description)


def _log(point: CostPoint) -> float:
    return math.log10(max(point.seconds, _LEAST_SECONDS))


def _padded(numbers: Sequence[float]) -> tuple[float, float]:
    low, high = min(numbers), max(numbers)
    margin = 0.08 * (high - low) or 0.05
    return low - margin, high + margin


def _axes(across: Scale, up: Scale, axis: str, shown: Callable[[float], str]) -> Markup:
    parts = []
    foot = _HEIGHT - _BOTTOM
    for value in ticks(up.low, up.high):
        parts.append(element("line", x1=_LEFT, x2=_WIDTH - _RIGHT, y1=up(value), y2=up(value), class_="grid"))
        parts.append(label(shown(value), _LEFT - 6, up(value) + 4, anchor="end", class_="t small"))
    seconds = [factor * 10.0**power for power in range(-2, 6) for factor in (1, 2, 5)]
    marks = [value for value in seconds if across.low <= math.log10(value) <= across.high]
    for value in marks[:: max(1, math.ceil(len(marks) / 8))]:
        x = across(math.log10(value))
        parts.append(element("line", x1=x, x2=x, y1=_TOP, y2=foot, class_="grid"))
        parts.append(label(duration(value), x, foot + 16, anchor="middle", class_="t small"))
    parts.append(label(axis, _LEFT - 6, _TOP - 9, class_="t small"))
    middle = (_LEFT + _WIDTH - _RIGHT) / 2
    parts.append(label("training time of the trial", middle, foot + 36, anchor="middle", class_="t small"))
    return element("g", *parts)


def _steps(front: Sequence[tuple[float, float]]) -> str:
    """Return the staircase from point to point: right first, then up."""
    if not front:
        return "M0 0"
    text = [f"M{front[0][0]:.1f} {front[0][1]:.1f}"]
    text += [f"H{x:.1f}V{y:.1f}" for x, y in front[1:]]
    return "".join(text)


def _point(point: CostPoint, x: float, y: float, shown: Callable[[float], str], *, main: bool) -> Markup:
    told = f"{point.trial}: {point.model}, {point.strategy}, {shown(point.value)} in {duration(point.seconds)}"
    kind = "mark main" if main else "mark front" if point.efficient else "mark hollow"
    dot = element("circle", element("title", told), cx=x, cy=y, r=8 if main else 5, class_=kind)
    if not main:
        return dot
    left = x > _WIDTH / 2
    return element(
        "g", dot, label(point.trial, x + (-13 if left else 13), y + 5, anchor="end" if left else "start")
    )
