"""An image's contributions as a heat map of its patches, over the picture or alone."""

from __future__ import annotations

import base64

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from automl_tl.report.svg import element, figure_svg

__all__ = ["patch_heat", "picture"]

_SIDE = 168.0


def picture(png: bytes, description: str) -> Markup:
    """Return the plain picture with its pixels kept sharp."""
    return _frame(_image(png, ""), description=description)


def patch_heat(
    values: NDArray[np.float64], grid: tuple[int, int], *, limit: float, png: bytes | None, description: str
) -> Markup:
    """Return the heat map of contributions (F,): red speaks for the class, blue against it.

    ``limit`` is the contribution that gets the full colour, so that several maps share one scale; marks + and -
    repeat the sign of strong patches for readers who do not tell the colours apart.
    """
    rows, columns = grid
    height, width = _SIDE / rows, _SIDE / columns
    parts = [_image(png, "grey")] if png is not None else []
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
    return _frame(*parts, description=description)


def _frame(*parts: Markup, description: str) -> Markup:
    border = element("rect", x=0.5, y=0.5, width=_SIDE - 1, height=_SIDE - 1, class_="frame")
    return figure_svg(*parts, border, width=_SIDE, height=_SIDE, description=description, class_="thumb")


def _image(png: bytes, class_: str) -> Markup:
    source = "data:image/png;base64," + base64.b64encode(png).decode("ascii")
    return element(
        "image",
        href=source,
        x=0,
        y=0,
        width=_SIDE,
        height=_SIDE,
        preserveAspectRatio="none",
        class_=f"pixels {class_}".strip(),
    )


def _sign(x: float, y: float, *, positive: bool) -> Markup:
    lines = [element("line", x1=x - 3, x2=x + 3, y1=y, y2=y, class_="sign")]
    if positive:
        lines.append(element("line", x1=x, x2=x, y1=y - 3, y2=y + 3, class_="sign"))
    return element("g", *lines)
