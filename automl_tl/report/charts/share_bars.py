"""Signed shares in one figure, from a base to a result: bars to the right add, bars to the left take away."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from automl_tl.report.svg import Scale, element, figure_svg, label
from automl_tl.report.wording import shorten

__all__ = ["ShareRow", "share_bars"]

_WIDTH, _LEFT, _RIGHT, _ROW, _TOP = 890.0, 400.0, 110.0, 30.0, 10.0
_BAR = 14.0


@dataclass(frozen=True)
class ShareRow:
    """One bar: what it is of, a remark such as the setting, and the signed share."""

    name: str
    remark: str
    share: float


def share_bars(rows: Sequence[ShareRow], *, description: str, shown: Callable[[float], str]) -> Markup:
    """Return the chart, rows in the given order; ``shown`` writes a share with its sign."""
    reach = max((abs(row.share) for row in rows), default=0.0) or 1.0
    scale = Scale(-reach, reach, _LEFT, _WIDTH - _RIGHT)
    bottom = _TOP + _ROW * len(rows)
    parts = [element("line", x1=scale(0), x2=scale(0), y1=_TOP - 4, y2=bottom, class_="reference")]
    for position, row in enumerate(rows):
        middle = _TOP + _ROW * (position + 0.5)
        start, end = sorted((scale(0), scale(row.share)))
        text = shorten(f"{row.name}: {row.remark}" if row.remark else row.name, 56)
        full = f"{row.name}: {row.remark}" if row.remark else row.name
        parts.append(label(text, 0, middle + 4, title=full))
        colour = "bar winner" if row.share >= 0 else "bar against"
        parts.append(
            element("rect", x=start, y=middle - _BAR / 2, width=max(end - start, 1), height=_BAR, class_=colour)
        )
        parts.append(label(shown(row.share), _WIDTH, middle + 4, anchor="end"))
    return figure_svg(*parts, width=_WIDTH, height=bottom + 8, description=description)
