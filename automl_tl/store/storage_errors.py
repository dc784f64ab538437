"""Errors of disks and object stores that pass: full, busy, or away for the moment."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from automl_tl.errors import AutomlError, NotFound, Unavailable

__all__ = ["away_is_unavailable", "storage_is_unavailable", "storage_reason"]

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


@contextmanager
def away_is_unavailable(missing: str = "") -> Iterator[None]:
    """Translate errors of fsspec's drivers: each provider has its own tree, and most say that something is away.

    Parameters
    ----------
    missing
        What there is none of if a file is missing, such as ``blob 12ab``; "" if only the whole store can be.
    """
    try:
        yield
    except AutomlError:
        raise
    except FileNotFoundError as error:
        if missing:
            raise NotFound(f"there is no {missing}") from None
        raise Unavailable("the object store has no such bucket for the moment; try again") from error
    except Exception as error:
        raise Unavailable(
            f"the object store is away or refuses the call ({type(error).__name__}); try again"
        ) from error
