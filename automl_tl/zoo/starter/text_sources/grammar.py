"""A small grammar writer: ``{word}`` is replaced by one of that word's choices, ``[a|b]`` by a or b."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np

__all__ = ["expand", "misspell"]

_CHOICE = re.compile(r"\[([^\[\]]*)\]")
_SLOT = re.compile(r"\{(\w+)\}")


def expand(template: str, words: Mapping[str, Sequence[str]], rng: np.random.Generator) -> str:
    """Return one sentence of the template; choices may nest and hold slots."""
    text = template
    while (found := _CHOICE.search(text)) is not None:
        options = found.group(1).split("|")
        text = text[: found.start()] + options[int(rng.integers(len(options)))] + text[found.end() :]
    while (slot := _SLOT.search(text)) is not None:
        options = words[slot.group(1)]
        text = text[: slot.start()] + options[int(rng.integers(len(options)))] + text[slot.end() :]
    return " ".join(text.split())


def misspell(text: str, rng: np.random.Generator) -> str:
    """Return the text with two neighbouring letters swapped or one dropped somewhere."""
    at = int(rng.integers(1, max(2, len(text) - 2)))
    if rng.random() < 0.5:
        return text[:at] + text[at + 1 :]
    return text[:at] + text[at : at + 2][::-1] + text[at + 2 :]
