"""The confusion matrix as a heat map: true classes down, predictions across."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from automl_tl.report.svg import element, figure_svg, label
from automl_tl.report.wording import shorten

__all__ = ["LARGEST_MATRIX", "confused_pairs", "confusion_heat"]

LARGEST_MATRIX = 20
"""Larger matrices are shown as a list of the most confused pairs."""

_LEFT, _SIDE, _WIDEST, _SHORT = 170.0, 46.0, 890.0, 3


def confusion_heat(matrix: Sequence[Sequence[int]], class_names: Sequence[str]) -> Markup:
    """Return the map; each row is coloured by its share, right answers green, errors red."""
    n = len(class_names)
    side = min(_SIDE, (_WIDEST - _LEFT) / n)
    slanted = max(len(name) for name in class_names) > _SHORT
    top = 104.0 if slanted else 44.0
    parts = [
        label("predicted class", _LEFT + side * n / 2, 12, anchor="middle", class_="t small"),
        label("true class", _LEFT - 8, top - 8, anchor="end", class_="t small"),
    ]
    for index, name in enumerate(class_names):
        x, y = _LEFT + side * (index + 0.5), top + side * (index + 0.5)
        parts.append(_column_name(name, x, top - 8, slanted=slanted))
        parts.append(label(shorten(name, 22), _LEFT - 8, y + 4, anchor="end", title=name))
    for row, counts in enumerate(matrix):
        total = sum(counts)
        for column, value in enumerate(counts):
            share = value / total if total else 0.0
            parts.append(
                _cell(
                    (_LEFT + side * column, top + side * row),
                    side,
                    value,
                    share,
                    names=(class_names[row], class_names[column]),
                    right=row == column,
                )
            )
    right = sum(matrix[index][index] for index in range(n))
    everything = sum(map(sum, matrix))
    description = f"Confusion matrix of {n} classes: {right} of {everything} test examples are on the diagonal."
    return figure_svg(
        *parts, width=_LEFT + side * n + (90 if slanted else 8), height=top + side * n + 8, description=description
    )


def confused_pairs(
    matrix: Sequence[Sequence[int]], class_names: Sequence[str], most: int = 15
) -> list[tuple[str, str, int, int]]:
    """Return (true class, predicted class, count, rows of the true class), most frequent confusion first."""
    pairs = [
        (class_names[row], class_names[column], value, sum(counts))
        for row, counts in enumerate(matrix)
        for column, value in enumerate(counts)
        if row != column and value
    ]
    return sorted(pairs, key=lambda pair: (-pair[2], pair[0], pair[1]))[:most]


def _column_name(name: str, x: float, y: float, *, slanted: bool) -> Markup:
    if not slanted:
        return label(name, x, y, anchor="middle")
    text = label(shorten(name, 16), 0, 0, title=name)
    return element("g", text, transform=f"translate({x:.1f},{y:.1f}) rotate(-40)")


def _cell(
    corner: tuple[float, float], side: float, value: int, share: float, *, names: tuple[str, str], right: bool
) -> Markup:
    x, y = corner
    kind = "right" if right else "wrong"
    parts = [
        element("title", f"true {names[0]}, predicted {names[1]}: {value}"),
        element("rect", x=x + 1, y=y + 1, width=side - 2, height=side - 2, rx=3, class_="cell"),
    ]
    if value:
        strength = 0.12 + 0.78 * share
        parts.append(
            element(
                "rect",
                x=x + 1,
                y=y + 1,
                width=side - 2,
                height=side - 2,
                rx=3,
                class_=f"cell {kind}",
                fill_opacity=strength,
            )
        )
        strong = " onfill" if strength > 0.5 else ""
        parts.append(label(str(value), x + side / 2, y + side / 2 + 4, anchor="middle", class_=f"t{strong}"))
    return element("g", *parts)
