"""Linear algebra on small matrices, on one thread.

A logistic regression on a few hundred embeddings is thousands of matrix products of microseconds each. Spread over
threads they cost 17 times the processor time on a busy two-core machine (7.9 s against 0.45 s for the classical
baseline on 200 digits), because threads wait for each other by spinning.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from functools import lru_cache
from typing import Any

from threadpoolctl import ThreadpoolController

__all__ = ["on_one_thread"]


def on_one_thread() -> AbstractContextManager[Any]:
    """Return a context in which BLAS and OpenMP of this process use one thread; cheap to enter."""
    return _controller().limit(limits=1)


@lru_cache(maxsize=1)
def _controller() -> ThreadpoolController:
    """Look for the libraries once, because that takes milliseconds; numpy, scipy and torch are loaded by then."""
    return ThreadpoolController()
