"""What this machine has free for trials."""

from __future__ import annotations

import math
import os

__all__ = ["free_bytes"]


def free_bytes() -> float:
    """Return the bytes of memory that nobody uses now; infinity where the system does not say."""
    try:
        return float(os.sysconf("SC_AVPHYS_PAGES")) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError):
        return math.inf
