"""Where sentences end, well enough to hide a long text piece by piece before looking at its words."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from itertools import pairwise

__all__ = ["Span", "merged", "sentences_of", "words_within"]

Span = tuple[int, int]
"""Characters of a text: start, and one past the end."""

_END = re.compile(r"(?:[.!?\u2026]['\")\]\u201d\u2019]*(?=\s)|[\u3002\uff01\uff1f]|\n)")
_LONGEST = 30


def sentences_of(text: str, words: Sequence[Span]) -> list[Span]:
    """Return the words' sentences in order: each reaches from its first word to its last.

    A sentence ends with a full stop, an exclamation or a question mark before a space, or with the line; where
    nothing ends for 30 words a new one begins all the same. Every word is in exactly one.
    """
    ends = [match.end() for match in _END.finditer(text)]
    found: list[list[Span]] = []
    number = -1
    for word in words:
        here = bisect_right(ends, word[0])
        if not found or here != number or len(found[-1]) >= _LONGEST:
            found.append([])
        number = here
        found[-1].append(word)
    return [(sentence[0][0], sentence[-1][1]) for sentence in found]


def merged(spans: Sequence[Span], most: int) -> list[Span]:
    """Return at most ``most`` runs of neighbouring spans, of about equally many spans each."""
    runs = min(most, len(spans))
    edges = [round(run * len(spans) / runs) for run in range(runs + 1)] if runs else []
    return [(spans[first][0], spans[last - 1][1]) for first, last in pairwise(edges)]


def words_within(words: Sequence[Span], span: Span) -> list[Span]:
    """Return the words that begin inside the span."""
    return [word for word in words if span[0] <= word[0] < span[1]]
