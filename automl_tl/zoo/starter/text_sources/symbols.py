"""Symbols: names of Unicode characters without the word that tells the script, by script."""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Sequence
from functools import cache

import numpy as np

from automl_tl.zoo.starter.text_sources.base import TextSource, part, text_sources

__all__ = ["SCRIPTS", "symbols"]

SCRIPTS = (
    "latin", "greek", "cyrillic", "arabic", "hebrew", "devanagari", "bengali", "tibetan", "ethiopic", "hangul",
    "mathematical", "musical", "cuneiform", "braille", "egyptian", "anatolian", "canadian", "mongolian",
    "katakana", "box", "circled", "combining", "domino", "mahjong", "byzantine", "khmer", "thai", "georgian",
)  # fmt: skip
"""First word of the character names of each class."""


@cache
def _names(fresh: bool) -> tuple[tuple[str, ...], ...]:
    found: dict[str, list[str]] = {script: [] for script in SCRIPTS}
    for code in range(sys.maxunicode + 1):
        first, _, rest = unicodedata.name(chr(code), "").lower().partition(" ")
        if rest and first in found:
            found[first].append(rest)
    return tuple(part(names, fresh) for names in found.values())


def draw_symbols(labels: Sequence[int], fresh: bool, rng: np.random.Generator) -> list[str]:
    """Return one to three character names of one script per label, separated by commas."""
    texts = []
    for label in labels:
        names = _names(fresh)[label]
        chosen = rng.integers(len(names), size=rng.integers(1, 4))
        texts.append(", ".join(names[index] for index in chosen))
    return texts


symbols = text_sources.register(
    "symbols",
    TextSource(
        "symbols",
        "names of Unicode characters without the word that tells the script, by script",
        SCRIPTS,
        draw_symbols,
    ),
)
