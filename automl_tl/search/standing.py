"""What the ranking says of a candidate before anything was trained, as far as search wants to know."""

from __future__ import annotations

import math
from dataclasses import dataclass

__all__ = ["Standing"]


@dataclass(frozen=True)
class Standing:
    """One candidate.

    Attributes
    ----------
    probability_best
        That no other candidate would do better after fine-tuning; NaN if the ranking does not say.
    contender
        Whether the data cannot tell it from the best; None if the ranking does not say.
    pace
        Seconds of training per example of one update, as measured before search; NaN if unknown.
    """

    probability_best: float = math.nan
    contender: bool | None = None
    pace: float = math.nan
