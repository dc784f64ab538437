"""Opening a place by its URL, through fsspec."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import fsspec
from fsspec.core import split_protocol

from automl_tl.errors import InvalidInput

__all__ = ["EXTRAS", "open_filesystem"]

EXTRAS = {"s3": "s3", "gs": "gcs", "gcs": "gcs", "az": "azure", "abfs": "azure", "abfss": "azure"}
"""URL scheme -> the extra of this package that brings its driver."""

_OPTIONS: Mapping[str, Mapping[str, Any]] = {
    "s3": {"config_kwargs": {"connect_timeout": 5, "read_timeout": 60, "retries": {"max_attempts": 2}}},
    "file": {"auto_mkdir": True},
}


def open_filesystem(url: str, *, what: str, options: Mapping[str, Any] | None = None) -> tuple[Any, str]:
    """Return fsspec's file system and the path of ``url`` in it.

    Parameters
    ----------
    what
        The setting that holds the URL, such as ``blob_store``.
    options
        Further options of the driver; they outrank ours.

    Raises
    ------
    InvalidInput
        If the driver is not installed.
    """
    scheme = split_protocol(url)[0] or "file"
    chosen = {**_OPTIONS.get(scheme, {}), **(options or {})}
    try:
        # Listings must be those of this moment, and settings those of this store.
        files, root = fsspec.core.url_to_fs(url, use_listings_cache=False, skip_instance_cache=True, **chosen)
    except ImportError:
        raise InvalidInput(
            f"a {what.replace('_', ' ')} at {url!r} needs a driver; install "
            f"'automl-tl[{EXTRAS.get(scheme, 'all')}]'",
            field=what,
        ) from None
    # The driver's own patience with a store that is away; ours is longer, and can be interrupted.
    files.retries = 2
    return files, root.rstrip("/")
