"""Predicted numbers against true ones, and how errors are spread."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from markupsafe import Markup

from automl_tl.report.svg import Scale, element, figure_svg, label, ticks

__all__ = ["error_bars", "number_scatter"]

_SIDE, _LEFT, _TOP, _BOTTOM = 420.0, 80.0, 14.0, 48.0
_WIDTH, _HEIGHT = 420.0, 200.0
_MOST_BARS = 21


def number_scatter(
    true: Sequence[float],
    predicted: Sequence[float],
    *,
    name: str,
    tick: Callable[[float], str],
    points: str = "test examples",
) -> Markup:
    """Return the points; on the dashed diagonal predictions are right."""
    low, high = min(*true, *predicted), max(*true, *predicted)
    margin = 0.04 * (high - low) or max(abs(low), 1.0) * 0.04
    across = Scale(low - margin, high + margin, _LEFT, _LEFT + _SIDE)
    up = Scale(low - margin, high + margin, _TOP + _SIDE, _TOP)
    parts = []
    for value in ticks(across.low, across.high):
        x, y = across(value), up(value)
        parts.append(element("line", x1=x, x2=x, y1=_TOP, y2=_TOP + _SIDE, class_="grid"))
        parts.append(element("line", x1=_LEFT, x2=_LEFT + _SIDE, y1=y, y2=y, class_="grid"))
        parts.append(label(tick(value), x, _TOP + _SIDE + 16, anchor="middle", class_="t small"))
        parts.append(label(tick(value), _LEFT - 6, y + 4, anchor="end", class_="t small"))
    diagonal = {"x1": _LEFT, "y1": _TOP + _SIDE, "x2": _LEFT + _SIDE, "y2": _TOP}
    parts.append(element("line", **diagonal, class_="reference"))
    for actual, told in zip(true, predicted, strict=True):
        parts.append(
            element(
                "circle",
                element("title", f"true {tick(actual)}, predicted {tick(told)}"),
                cx=across(actual),
                cy=up(told),
                r=3,
                fill_opacity=0.55,
                class_="mark main",
            )
        )
    middle = _LEFT + _SIDE / 2
    parts.append(label(f"true {name}", middle, _TOP + _SIDE + 36, anchor="middle", class_="t small"))
    parts.append(label("predicted", _LEFT - 6, _TOP - 2, anchor="end", class_="t small"))
    return figure_svg(
        *parts,
        width=_LEFT + _SIDE + 20,
        height=_TOP + _SIDE + _BOTTOM,
        description=f"Predicted against true {name} of {len(true)} {points}; on the diagonal both agree.",
    )


def error_bars(
    true: Sequence[float], predicted: Sequence[float], *, name: str, tick: Callable[[float], str]
) -> Markup:
    """Return a histogram of predicted minus true, zero marked by a dashed line."""
    errors = np.asarray(predicted, dtype=np.float64) - np.asarray(true, dtype=np.float64)
    reach = float(np.abs(errors).max()) or 1.0
    edges = np.linspace(-reach, reach, _MOST_BARS + 1)
    counts = np.histogram(errors, bins=edges)[0]
    across = Scale(-reach, reach, _LEFT, _LEFT + _WIDTH)
    up = Scale(0.0, float(max(counts.max(), 1)), _TOP + _HEIGHT, _TOP)
    parts = [
        element(
            "rect",
            element("title", f"error {tick(low)} to {tick(high)}: {count} examples"),
            x=across(low) + 1,
            y=up(count),
            width=max(across(high) - across(low) - 2, 1),
            height=_TOP + _HEIGHT - up(count),
            class_="bar",
        )
        for low, high, count in zip(edges[:-1].tolist(), edges[1:].tolist(), counts.tolist(), strict=True)
        if count
    ]
    parts.append(element("line", x1=across(0), x2=across(0), y1=_TOP, y2=_TOP + _HEIGHT, class_="reference"))
    for value in ticks(-reach, reach):
        parts.append(label(tick(value), across(value), _TOP + _HEIGHT + 16, anchor="middle", class_="t small"))
    caption = f"error of {name}: predicted minus true"
    parts.append(label(caption, _LEFT + _WIDTH / 2, _TOP + _HEIGHT + 36, anchor="middle", class_="t small"))
    return figure_svg(
        *parts,
        width=_LEFT + _WIDTH + 20,
        height=_TOP + _HEIGHT + _BOTTOM,
        description=f"How the errors of {len(errors)} test examples are spread around zero.",
    )
