"""An image's contributions as a heat map of its patches, over the picture or alone."""

from __future__ import annotations

import base64
import struct

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from automl_tl.report.svg import element, figure_svg

__all__ = ["patch_heat", "picture"]

_SIDE, _NARROWEST = 168.0, 24.0


def picture(png: bytes, description: str) -> Markup:
    """Return the plain picture with its pixels kept sharp."""
    size = _size(png)
    return _frame(_image(png, "", size), size=size, description=description)


def patch_heat(
    values: NDArray[np.float64], grid: tuple[int, int], *, limit: float, png: bytes | None, description: str
) -> Markup:
    """Return the heat map of contributions (F,): red speaks for the class, blue against it.

    ``limit`` is the contribution that gets the full colour, so that several maps share one scale; marks + and -
    repeat the sign of strong patches for readers who do not tell the colours apart.
    """
    rows, columns = grid
    size = _size(png)
    width, height = size[0] / columns, size[1] / rows
    parts = [_image(png, "grey", size)] if png is not None else []
    for index, value in enumerate(values):
        share = min(abs(float(value)) / limit, 1.0) if limit > 0 else 0.0
        if share < 0.04:
            continue
        x, y = (index % columns) * width, (index // columns) * height
        kind = "for" if value > 0 else "against"
        parts.append(
            element("rect", x=x, y=y, width=width, height=height, class_=f"patch {kind}", fill_opacity=0.8 * share)
        )
        if share > 0.45:
            parts.append(_sign(x + width / 2, y + height / 2, positive=value > 0))
    return _frame(*parts, size=size, description=description)


def _size(png: bytes | None) -> tuple[float, float]:
    """Return width and height on the page in the picture's own proportions (read from the PNG header)."""
    if png is None or len(png) < 24:
        return _SIDE, _SIDE
    width, height = struct.unpack(">II", png[16:24])
    longer = max(width, height, 1)
    return max(_SIDE * width / longer, _NARROWEST), max(_SIDE * height / longer, _NARROWEST)


def _frame(*parts: Markup, size: tuple[float, float], description: str) -> Markup:
    border = element("rect", x=0.5, y=0.5, width=size[0] - 1, height=size[1] - 1, class_="frame")
    return figure_svg(*parts, border, width=size[0], height=size[1], description=description, class_="thumb")


def _image(png: bytes, class_: str, size: tuple[float, float]) -> Markup:
    source = "data:image/png;base64," + base64.b64encode(png).decode("ascii")
    return element(
        "image",
        href=source,
        x=0,
        y=0,
        width=size[0],
        height=size[1],
        preserveAspectRatio="none",
        class_=f"pixels {class_}".strip(),
    )


def _sign(x: float, y: float, *, positive: bool) -> Markup:
    lines = [element("line", x1=x - 3, x2=x + 3, y1=y, y2=y, class_="sign")]
    if positive:
        lines.append(element("line", x1=x, x2=x, y1=y - 3, y2=y + 3, class_="sign"))
    return element("g", *lines)
