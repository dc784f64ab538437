"""Waiting until ledger and blob store are back, so that hours of training outlive minutes without them."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from automl_tl.errors import Unavailable

__all__ = ["Patience", "StoreAway"]

T = TypeVar("T")

_LOG = logging.getLogger(__name__)


class StoreAway(Unavailable):
    """Ledger or blob store stayed away for longer than anybody waits."""


@dataclass(frozen=True)
class Patience:
    """How long a worker waits for a store that is away.

    Attributes
    ----------
    seconds
        After so long it gives up. Its lease is lost by then, so another worker goes on where this one stood.
    first, longest
        Seconds of the first and of the longest pause; each is twice the one before.
    pause
        Waits, and returns whether the process must end: then there is no waiting at all.
    """

    seconds: float = 600.0
    first: float = 0.25
    longest: float = 5.0
    pause: Callable[[float], object] = time.sleep
    monotonic: Callable[[], float] = time.monotonic

    def until_done(self, call: Callable[[], T], *, done: Callable[[], T | None] = lambda: None) -> T:
        """Call until it does not raise Unavailable, and return the answer.

        Parameters
        ----------
        call
            A write that may have been done although its answer was lost.
        done
            Asked before the call is repeated: an answer means that it was.

        Raises
        ------
        StoreAway
            If patience is used up, or the process must end.
        """
        deadline, pause, away = self.monotonic() + self.seconds, self.first, False
        while True:
            try:
                known = done() if away else None
                return call() if known is None else known
            except Unavailable as error:
                if not away:
                    _LOG.warning("waiting for the store: %s", error.message)
                away = True
                if self.monotonic() + pause > deadline or self.pause(pause):
                    raise StoreAway(error.message) from error
                pause = min(2 * pause, self.longest)
