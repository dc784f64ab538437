"""Prepare what comes next in other threads while this one computes."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

__all__ = ["prefetched"]

T = TypeVar("T")
R = TypeVar("R")


def prefetched(prepare: Callable[[T], R], items: Iterable[T], *, threads: int = 1) -> Generator[R, None, None]:
    """Yield ``prepare(item)`` of every item, in order.

    Close the generator (``contextlib.closing``) if it may not be read to its end: no thread outlives that, and
    what had not begun is never prepared.

    Parameters
    ----------
    prepare
        Its exception is raised where its result would have come; what lies behind is given up.
    threads
        How many items are in preparation at once, and so many more than the one in use are held at most; >= 1.
    """
    left = iter(items)
    waiting: deque[Future[R]] = deque()
    pool = ThreadPoolExecutor(threads, thread_name_prefix="prefetch")
    try:
        waiting.extend(pool.submit(prepare, item) for item in islice(left, threads))
        while waiting:
            result = waiting.popleft().result()
            waiting.extend(pool.submit(prepare, item) for item in islice(left, 1))
            yield result
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
