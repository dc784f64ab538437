"""The ranking as points with intervals, best candidate at the top."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence

from markupsafe import Markup

from automl_tl.report.svg import Scale, element, figure_svg, label, ticks
from automl_tl.report.wording import percent, shorten
from automl_tl.transferability.base import RankedModel

__all__ = ["ranking_bars"]

_WIDTH, _LEFT, _RIGHT, _ROW, _TOP = 890.0, 300.0, 130.0, 26.0, 26.0
_POINT = 12.0


def ranking_bars(
    rows: Sequence[RankedModel], *, searched: Collection[str], winner: str, share: str = "accuracy"
) -> Markup:
    """Return the chart of the models' standing; models that search tried are filled, the winner is marked.

    ``share`` is what the log-odds are of.
    """
    low, high = _range(rows)
    scale = Scale(low, high, _LEFT, _WIDTH - _RIGHT)
    bottom = _TOP + _ROW * len(rows)
    parts = [label("chance of being best", _WIDTH, 14, anchor="end", class_="t small")]
    for value in ticks(low, high):
        x = scale(value)
        parts.append(element("line", x1=x, x2=x, y1=_TOP - 4, y2=bottom, class_="grid"))
        parts.append(label(f"{value:g}", x, bottom + 16, anchor="middle", class_="t small"))
    caption = f"expected standing after fine-tuning (log-odds of {share}, further right is better)"
    parts.append(label(caption, (_LEFT + _WIDTH - _RIGHT) / 2, bottom + 34, anchor="middle", class_="t small"))
    for position, row in enumerate(rows):
        kind = "winner" if row.model == winner else "searched" if row.model in searched else "rest"
        parts.append(_bar(row, _TOP + _ROW * position, scale, kind))
    best = rows[0].model if rows else "none"
    description = f"Ranking of {len(rows)} candidate models by expected standing; first is {best}."
    return figure_svg(*parts, width=_WIDTH, height=bottom + 42, description=description)


def _range(rows: Sequence[RankedModel]) -> tuple[float, float]:
    numbers = [x for row in rows for x in (row.score, row.low, row.high) if math.isfinite(x)]
    low, high = min(numbers, default=0.0), max(numbers, default=0.0)
    margin = 0.04 * (high - low) or 0.5
    return low - margin, high + margin


def _bar(row: RankedModel, top: float, scale: Scale, kind: str) -> Markup:
    middle = top + _ROW / 2
    parts = [
        label(f"{row.rank}.", 22, middle + 4, anchor="end", class_="t small"),
        label(
            shorten(row.model, 40), 30, middle + 4, class_="t strong" if kind == "winner" else "t", title=row.model
        ),
    ]
    if math.isfinite(row.low) and math.isfinite(row.high):
        parts.append(
            element("line", x1=scale(row.low), x2=scale(row.high), y1=middle, y2=middle, class_="whisker")
        )
    parts.append(_point(scale(row.score), middle, kind))
    if math.isfinite(row.probability_best):
        parts.append(label(percent(row.probability_best, 0), _WIDTH, middle + 4, anchor="end"))
    return element("g", *parts)


def _point(x: float, y: float, kind: str) -> Markup:
    """Return a mark without a foot: log-odds have no zero that a bar could stand on."""
    return element(
        "rect", x=x - _POINT / 2, y=y - _POINT / 2, width=_POINT, height=_POINT, rx=2, class_=f"bar {kind}"
    )
