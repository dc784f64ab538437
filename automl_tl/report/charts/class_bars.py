"""How many examples each class has, by part of the split."""

from __future__ import annotations

from collections.abc import Mapping

from markupsafe import Markup

from automl_tl.report.svg import Scale, element, figure_svg, label, ticks
from automl_tl.report.wording import count, shorten

__all__ = ["class_bars"]

_WIDTH, _LEFT, _RIGHT, _ROW = 890.0, 150.0, 70.0, 24.0
_MOST_CLASSES = 30


def class_bars(counts: Mapping[str, Mapping[str, int]], parts: tuple[str, ...]) -> Markup:
    """Return stacked bars of part -> class -> rows; the 30 largest classes where there are more."""
    names = list(dict.fromkeys(name for part in parts for name in counts.get(part, {})))
    by_class = {name: {part: counts.get(part, {}).get(name, 0) for part in parts} for name in names}
    totals = {name: sum(by_part.values()) for name, by_part in by_class.items()}
    if len(names) > _MOST_CLASSES:
        names = sorted(names, key=lambda name: (-totals[name], name))[:_MOST_CLASSES]
    scale = Scale(0.0, max([1, *totals.values()]), _LEFT, _WIDTH - _RIGHT)
    bottom = 30 + _ROW * len(names)
    drawn = [_legend(parts)]
    for value in ticks(0.0, scale.high):
        drawn.append(element("line", x1=scale(value), x2=scale(value), y1=26, y2=bottom, class_="grid"))
        drawn.append(label(count(int(value)), scale(value), bottom + 16, anchor="middle", class_="t small"))
    for position, name in enumerate(names):
        drawn.append(_bar(name, by_class[name], parts, 30 + _ROW * position, scale))
    description = f"Examples per class and part of the split, {len(by_class)} classes."
    return figure_svg(*drawn, width=_WIDTH, height=bottom + 24, description=description)


def _legend(parts: tuple[str, ...]) -> Markup:
    drawn = []
    for index, part in enumerate(parts):
        x = _LEFT + 120 * index
        drawn.append(element("rect", x=x, y=4, width=12, height=12, rx=2, class_=f"part{index + 1}"))
        drawn.append(label(part, x + 18, 15, class_="t small"))
    return element("g", *drawn)


def _bar(name: str, by_part: Mapping[str, int], parts: tuple[str, ...], top: float, scale: Scale) -> Markup:
    drawn = [label(shorten(name, 18), _LEFT - 8, top + 16, anchor="end", title=name)]
    before = 0
    for index, part in enumerate(parts):
        value = by_part.get(part, 0)
        if value:
            x, end = scale(before), scale(before + value)
            drawn.append(
                element(
                    "rect",
                    element("title", f"{name}, {part}: {value}"),
                    x=x,
                    y=top + 3,
                    width=max(end - x - 1, 0.5),
                    height=_ROW - 6,
                    class_=f"part{index + 1}",
                )
            )
        before += value
    drawn.append(label(count(before), scale(before) + 6, top + 16, class_="t small"))
    return element("g", *drawn)
