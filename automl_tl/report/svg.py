"""Inline SVG: escaped elements and a linear scale."""

from __future__ import annotations

import math
from dataclasses import dataclass

from markupsafe import Markup, escape

__all__ = ["Scale", "element", "figure_svg", "label", "number", "ticks"]


def number(value: float) -> str:
    """Return a coordinate with at most two decimals, written the same way everywhere."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def element(tag: str, *children: str | Markup, **attributes: str | float) -> Markup:
    """Return one element; children that are not Markup and all attribute values are escaped.

    ``class_`` is written ``class`` and underscores in attribute names become hyphens.
    """
    written = "".join(f' {_attribute_name(name)}="{_attribute(value)}"' for name, value in attributes.items())
    inner = Markup("").join(escape(child) for child in children)
    # Every part of these two strings is escaped above or written in this package.
    return Markup(f"<{tag}{written}>") + inner + Markup(f"</{tag}>")  # noqa: S704


def _attribute_name(name: str) -> str:
    return name if name in ("viewBox", "preserveAspectRatio") else name.rstrip("_").replace("_", "-")


def _attribute(value: str | float) -> Markup:
    return escape(value) if isinstance(value, str) else escape(number(float(value)))


def label(text: str, x: float, y: float, *, anchor: str = "start", class_: str = "", title: str = "") -> Markup:
    """Return a line of text; ``title`` shows in full where ``text`` was shortened."""
    children: list[str | Markup] = [element("title", title)] if title and title != text else []
    return element("text", *children, text, x=x, y=y, text_anchor=anchor, class_=class_ or "t")


def figure_svg(*children: Markup, width: float, height: float, description: str, class_: str = "chart") -> Markup:
    """Return a picture with its description for people who cannot see it."""
    return element(
        "svg",
        element("title", description),
        *children,
        viewBox=f"0 0 {number(width)} {number(height)}",
        width=width,
        height=height,
        role="img",
        aria_label=description,
        class_=class_,
    )


@dataclass(frozen=True)
class Scale:
    """A linear map from [low, high] to [start, end] pixels."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """Return the pixel of a value, clipped to the scale."""
        span = self.high - self.low
        share = 0.5 if span <= 0 else (value - self.low) / span
        return self.start + min(max(share, 0.0), 1.0) * (self.end - self.start)


def ticks(low: float, high: float, most: int = 6) -> tuple[float, ...]:
    """Return round values inside [low, high], at most about ``most`` of them."""
    if not high > low:
        return (low,)
    raw = (high - low) / max(most, 1)
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= raw * 0.999)
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return tuple(round(index * step, 10) for index in range(first, last + 1))
