"""Who calls, and whether it may: a bearer token opens one project, and nothing is told about any other."""

from __future__ import annotations

import hashlib
import re
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from automl_tl.errors import PermissionDenied, Unauthenticated
from automl_tl.store.tokens import TokenRecord

__all__ = ["ANYBODY", "Access", "Caller"]

_REMEMBERED_SECONDS = 5.0
_REMEMBERED = 1024

Verify = Callable[[str], Awaitable[TokenRecord]]
"""Returns the record of a good token, raises Unauthenticated for any other."""


@dataclass(frozen=True)
class Caller:
    """Whoever makes a call: ``project`` is the only one it may use, "" all of them; ``token`` its token's id."""

    project: str = ""
    token: str = ""

    def require(self, project: str | None) -> None:
        """Raise PermissionDenied unless the caller may use ``project``; None is no project that there could be."""
        if self.project and project is not None and project != self.project:
            # The same text whether or not there is such a project or anything in it.
            raise PermissionDenied(f"the token is for project {self.project!r} only")


ANYBODY = Caller()
"""Without a token, where none is required: the person at this machine."""


class Access:
    """Tells callers apart by their ``authorization`` metadata.

    Parameters
    ----------
    verify
        Looks a token up.
    required
        Whether a call without a token is refused. A token that is sent must be good in any case.
    clock
        Seconds; for tests.

    Good tokens are remembered for five seconds, so that the ledger is not asked for every call; a revoked one
    works that much longer.
    """

    def __init__(self, verify: Verify, *, required: bool, clock: Callable[[], float] = time.monotonic) -> None:
        self._verify = verify
        self._required = required
        self._clock = clock
        self._good: OrderedDict[bytes, tuple[float, Caller]] = OrderedDict()

    async def caller(self, metadata: Sequence[tuple[str, str | bytes]]) -> Caller:
        """Return who calls; raises Unauthenticated."""
        sent = [value for key, value in metadata if key.lower() == "authorization"]
        if not sent:
            if self._required:
                raise Unauthenticated(
                    "this service wants a token; send the metadata `authorization: Bearer TOKEN`"
                )
            return ANYBODY
        found = re.fullmatch(r"[Bb]earer +(\S{1,256})", sent[0]) if isinstance(sent[0], str) else None
        if len(sent) > 1 or found is None:
            raise Unauthenticated("the metadata `authorization` must be given once and read `Bearer TOKEN`")
        return await self.owner(found[1])

    async def owner(self, token: str) -> Caller:
        """Return whose token it is; raises Unauthenticated."""
        key = hashlib.sha256(token.encode()).digest()
        until, known = self._good.get(key, (0.0, ANYBODY))
        if self._clock() < until:
            return known
        self._good.pop(key, None)
        record = await self._verify(token)
        caller = Caller(record.project, record.id)
        self._good[key] = (self._clock() + _REMEMBERED_SECONDS, caller)
        while len(self._good) > _REMEMBERED:
            self._good.popitem(last=False)
        return caller
