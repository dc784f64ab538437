"""Rows of dots with intervals: test metrics, forest plots by group."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from automl_tl.report.svg import Scale, element, figure_svg, label, ticks
from automl_tl.report.wording import shorten

__all__ = ["IntervalRow", "interval_rows"]

_WIDTH, _LEFT, _RIGHT, _ROW, _TOP = 890.0, 250.0, 160.0, 40.0, 12.0


@dataclass(frozen=True)
class IntervalRow:
    """One row: name, small remark under it, value with interval (None where not measured) and text at the right.

    ``emphasis`` is ``main`` for the row the reader should find first, ``bad`` for a row that failed, or "".
    """

    name: str
    remark: str
    value: float | None
    low: float | None
    high: float | None
    shown: str
    emphasis: str = ""


def interval_rows(
    rows: Sequence[IntervalRow],
    *,
    description: str,
    axis: str,
    tick: Callable[[float], str],
    bounds: tuple[float, float] | None = None,
    reference: tuple[float, str] | None = None,
) -> Markup:
    """Return the chart; ``reference`` draws a dashed line at a value with a caption.

    ``bounds`` limits the axis, such as (0, 1) for shares.
    """
    low, high = _range(rows, bounds, reference)
    scale = Scale(low, high, _LEFT, _WIDTH - _RIGHT)
    bottom = _TOP + _ROW * len(rows)
    parts = [_axis(scale, bottom, axis, tick)]
    if reference is not None:
        x = scale(reference[0])
        parts.append(element("line", x1=x, x2=x, y1=_TOP - 6, y2=bottom, class_="reference"))
    for position, row in enumerate(rows):
        parts.append(_row(row, _TOP + _ROW * (position + 0.5), scale))
    return figure_svg(*parts, width=_WIDTH, height=bottom + 42, description=description)


def _range(
    rows: Sequence[IntervalRow], bounds: tuple[float, float] | None, reference: tuple[float, str] | None
) -> tuple[float, float]:
    numbers = [x for row in rows for x in (row.value, row.low, row.high) if x is not None and math.isfinite(x)]
    if reference is not None:
        numbers.append(reference[0])
    if not numbers:
        return bounds or (0.0, 1.0)
    margin = 0.06 * (max(numbers) - min(numbers)) or 0.05
    low, high = min(numbers) - margin, max(numbers) + margin
    return (low, high) if bounds is None else (max(low, bounds[0]), min(high, bounds[1]))


def _axis(scale: Scale, bottom: float, caption: str, tick: Callable[[float], str]) -> Markup:
    parts = []
    for value in ticks(scale.low, scale.high):
        x = scale(value)
        parts.append(element("line", x1=x, x2=x, y1=_TOP - 6, y2=bottom, class_="grid"))
        parts.append(label(tick(value), x, bottom + 16, anchor="middle", class_="t small"))
    middle = (scale.start + scale.end) / 2
    parts.append(label(caption, middle, bottom + 34, anchor="middle", class_="t small"))
    return element("g", *parts)


def _row(row: IntervalRow, y: float, scale: Scale) -> Markup:
    name_y = y - 2 if row.remark else y + 4
    weight = "t strong" if row.emphasis == "main" else "t"
    parts = [label(shorten(row.name, 34), 0, name_y, class_=weight, title=row.name)]
    if row.remark:
        parts.append(label(shorten(row.remark, 42), 0, y + 12, class_="t small", title=row.remark))
    colour = {"main": "mark main", "bad": "mark bad"}.get(row.emphasis, "mark")
    if row.value is None:
        parts.append(label("not measurable", scale.start + 4, y + 4, class_="t small"))
    else:
        if row.low is not None and row.high is not None and math.isfinite(row.low + row.high):
            parts.append(_whisker(scale(row.low), scale(row.high), y, colour))
        parts.append(element("circle", cx=scale(row.value), cy=y, r=5.5, class_=colour))
    parts.append(label(row.shown, _WIDTH, y + 4, anchor="end", class_=weight))
    return element("g", *parts)


def _whisker(low: float, high: float, y: float, colour: str) -> Markup:
    lines = [element("line", x1=low, x2=high, y1=y, y2=y, class_=f"{colour} line")]
    lines += [element("line", x1=x, x2=x, y1=y - 5, y2=y + 5, class_=f"{colour} line") for x in (low, high)]
    return element("g", *lines)
