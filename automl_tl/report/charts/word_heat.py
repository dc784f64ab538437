"""A text's contributions as coloured words, and its strongest words as bars."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from automl_tl.report.svg import element, figure_svg, label
from automl_tl.report.wording import shorten

__all__ = ["word_bars", "word_heat"]

_MOST_WORDS = 160


def word_heat(words: Sequence[str], values: NDArray[np.float64], *, limit: float) -> Markup:
    """Return the words in order: red with a solid line speaks for the class, blue and dashed against it."""
    parts: list[Markup | str] = []
    for word, value in list(zip(words, values, strict=True))[:_MOST_WORDS]:
        share = min(abs(float(value)) / limit, 1.0) if limit > 0 else 0.0
        if share < 0.04:
            parts += [word, " "]
            continue
        kind = "for" if value > 0 else "against"
        style = f"--strength:{8 + 62 * share:.0f}%"
        parts += [element("span", word, class_=f"word {kind}", style=style, title=f"{value:+.2f}"), " "]
    if len(words) > _MOST_WORDS:
        parts.append(f"… ({len(words) - _MOST_WORDS} more words)")
    return element("p", *parts, class_="words")


def word_bars(words: Sequence[str], values: NDArray[np.float64], most: int = 6) -> Markup:
    """Return the strongest words as bars to the right (for) and left (against)."""
    order = np.argsort(-np.abs(values), kind="stable")[:most]
    largest = float(np.abs(values).max()) if len(values) else 0.0
    if largest == 0.0:
        return Markup("")
    parts = []
    for position, index in enumerate(order):
        value, y = float(values[index]), 22.0 * position
        width = 110 * abs(value) / largest
        kind = "for" if value > 0 else "against"
        x = 260 if value > 0 else 260 - width
        parts.append(label(shorten(words[index], 18), 0, y + 15, title=words[index]))
        parts.append(element("rect", x=x, y=y + 4, width=width, height=14, rx=2, class_=f"patch {kind}"))
        side = (260 + width + 5, "start") if value > 0 else (260 - width - 5, "end")
        parts.append(
            label(
                f"{value:+.2f}".replace("-", "\N{MINUS SIGN}"), side[0], y + 15, anchor=side[1], class_="t small"
            )
        )
    strongest = ", ".join(words[index] for index in order[:3])
    return figure_svg(
        *parts, width=430, height=22.0 * len(order) + 4, description=f"Strongest words: {strongest}."
    )
