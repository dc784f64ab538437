"""Directories that a person names."""

from __future__ import annotations

from pathlib import Path

from automl_tl.errors import InvalidInput

__all__ = ["make_directory"]


def make_directory(path: Path, *, mode: int = 0o777) -> Path:
    """Make a directory with its parents, if missing, and return it.

    Raises
    ------
    InvalidInput
        If it cannot be made, such as below a file or where nothing may be written.
    """
    try:
        path.mkdir(mode=mode, parents=True, exist_ok=True)
    except OSError as error:
        raise InvalidInput(
            f"the directory {path} cannot be made ({error.strerror}); name a place that can be written to"
        ) from None
    return path
