"""Which words people use for the parts of a split."""

from __future__ import annotations

__all__ = ["PART_WORDS", "SPLIT_COLUMN", "part_of"]

SPLIT_COLUMN = "split"
"""Name of the column, in any letter case, that is asked for the parts without being named."""

PART_WORDS = {
    "train": ("train", "training"),
    "validation": ("validation", "valid", "val", "dev"),
    "test": ("test", "testing"),
}
"""Accepted words of each part, in any letter case."""

_PART_OF = {word: part for part, words in PART_WORDS.items() for word in words}


def part_of(word: str) -> str:
    """Return ``train``, ``validation`` or ``test`` for a folder name or cell, "" if it means none of them."""
    return _PART_OF.get(word.strip().lower(), "")
