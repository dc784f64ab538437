"""Errors of disks that pass: full, busy, or away for the moment."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from automl_tl.errors import Unavailable

__all__ = ["storage_is_unavailable", "storage_reason"]

_REASONS = {
    errno.ENOSPC: "no space is left",
    errno.EDQUOT: "its quota is used up",
    errno.EFBIG: "a file may not grow further",
    errno.EIO: "the disk does not answer properly",
    errno.ESTALE: "the network file system is away",
    errno.ETIMEDOUT: "the network file system does not answer",
    errno.ENOTCONN: "the network file system is away",
    errno.EMFILE: "too many files are open",
    errno.ENFILE: "too many files are open",
}


def storage_reason(error: OSError) -> str:
    """Return in words why the same call may work in a moment, "" if it will not."""
    return _REASONS.get(error.errno or 0, "")


@contextmanager
def storage_is_unavailable(place: str) -> Iterator[None]:
    """Raise Unavailable for errors of the disk that pass; others come through.

    Parameters
    ----------
    place
        What could not be used, such as ``the blob store``: the error's own text may hold paths.
    """
    try:
        yield
    except OSError as error:
        reason = storage_reason(error)
        if not reason:
            raise
        raise Unavailable(f"{place} cannot be used for the moment: {reason}; try again") from error
