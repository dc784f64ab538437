"""Confidence against how often it was right, with the band that chance alone would fill."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from automl_tl.fairness.findings import ReliabilityBin
from automl_tl.report.svg import Scale, element, figure_svg, label, ticks
from automl_tl.report.wording import percent

__all__ = ["reliability_diagram"]

_WIDTH, _HEIGHT, _LEFT, _RIGHT, _TOP, _BOTTOM = 890.0, 400.0, 76.0, 250.0, 14.0, 56.0


def reliability_diagram(bins: Sequence[ReliabilityBin], *, description: str) -> Markup:
    """Return the chart: dots with intervals over confidence, the diagonal, and the null band behind them."""
    least = min((entry.confidence for entry in bins), default=0.0)
    low = max(0.0, least - 0.05)
    across = Scale(low, 1.0, _LEFT, _WIDTH - _RIGHT)
    bottom = min([low, *(entry.low for entry in bins)], default=0.0)
    up = Scale(max(0.0, bottom - 0.03), 1.0, _HEIGHT - _BOTTOM, _TOP)
    parts = [_axes(across, up), _band(bins, across, up)]
    start = max(low, up.low)
    parts.append(element("line", x1=across(start), y1=up(start), x2=across(1.0), y2=up(1.0), class_="reference"))
    parts += [_dot(entry, across, up) for entry in bins]
    parts.append(_legend(_WIDTH - _RIGHT + 28))
    return figure_svg(*parts, width=_WIDTH, height=_HEIGHT, description=description)


def _axes(across: Scale, up: Scale) -> Markup:
    parts = []
    for value in ticks(across.low, across.high):
        x = across(value)
        parts.append(element("line", x1=x, x2=x, y1=up.start, y2=up.end, class_="grid"))
        parts.append(label(percent(value, 0), x, up.start + 18, anchor="middle", class_="t small"))
    for value in ticks(up.low, up.high):
        y = up(value)
        parts.append(element("line", x1=across.start, x2=across.end, y1=y, y2=y, class_="grid"))
        parts.append(label(percent(value, 0), across.start - 8, y + 4, anchor="end", class_="t small"))
    middle = (across.start + across.end) / 2
    parts.append(label("how sure the model was", middle, up.start + 42, anchor="middle", class_="t small"))
    parts.append(label("right", 4, (up.start + up.end) / 2, class_="t small"))
    return element("g", *parts)


def _band(bins: Sequence[ReliabilityBin], across: Scale, up: Scale) -> Markup:
    if not bins:
        return Markup("")
    upper = [(across(entry.confidence), up(entry.null_high)) for entry in bins]
    lower = [(across(entry.confidence), up(entry.null_low)) for entry in reversed(bins)]
    if len(bins) == 1:  # a band needs a width
        upper = [(upper[0][0] - 12, upper[0][1]), (upper[0][0] + 12, upper[0][1])]
        lower = [(lower[0][0] + 12, lower[0][1]), (lower[0][0] - 12, lower[0][1])]
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in upper + lower)
    return element("polygon", points=points, class_="band")


def _dot(entry: ReliabilityBin, across: Scale, up: Scale) -> Markup:
    x = across(entry.confidence)
    outside = not entry.null_low <= entry.share <= entry.null_high
    colour = "mark bad" if outside else "mark main"
    title = f"{entry.count} answers, {percent(entry.confidence)} sure, {percent(entry.share)} right"
    ends = [element("line", x1=x - 5, x2=x + 5, y1=up(y), y2=up(y), class_=f"{colour} line") for y in
            (entry.low, entry.high)]  # fmt: skip
    return element(
        "g",
        element("title", title),
        element("line", x1=x, x2=x, y1=up(entry.low), y2=up(entry.high), class_=f"{colour} line"),
        *ends,
        element("circle", cx=x, cy=up(entry.share), r=5.5, class_=colour),
    )


def _legend(x: float) -> Markup:
    return element(
        "g",
        element("circle", cx=x + 8, cy=30, r=5.5, class_="mark main"),
        label("answers of similar sureness,", x + 26, 34, class_="t small"),
        label("with 95 % interval", x + 26, 50, class_="t small"),
        element("circle", cx=x + 8, cy=76, r=5.5, class_="mark bad"),
        label("outside the band of chance", x + 26, 80, class_="t small"),
        element("rect", x=x, y=98, width=16, height=14, class_="band"),
        label("where 95 % of samples lie", x + 26, 110, class_="t small"),
        label("if sureness is exact", x + 26, 126, class_="t small"),
        element("line", x1=x, x2=x + 16, y1=148, y2=148, class_="reference"),
        label("exactly as right as sure", x + 26, 152, class_="t small"),
    )
