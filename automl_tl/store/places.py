"""Where ledger, blobs and work in progress are: below the data directory unless an operator says otherwise."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from automl_tl.errors import InvalidInput
from automl_tl.filesystems import EXTRAS
from automl_tl.store.blobs import BlobStore
from automl_tl.store.layout import DataDirectory
from automl_tl.store.ledger import Ledger
from automl_tl.store.local_blobs import LocalBlobStore
from automl_tl.store.remote_blobs import RemoteBlobStore
from automl_tl.store.shared_files import SharedFiles
from automl_tl.store.work_store import WorkStore
from automl_tl.structured_log import redact

__all__ = ["BLOB_STORE_VARIABLE", "DATABASE_VARIABLE", "SHARED_DISK", "WORK_STORE_VARIABLE", "Places"]

DATABASE_VARIABLE = "AUTOML_TL_DATABASE"
BLOB_STORE_VARIABLE = "AUTOML_TL_BLOB_STORE"
WORK_STORE_VARIABLE = "AUTOML_TL_WORK_STORE"
_SCHEMES = ", ".join(f"{scheme}://bucket/prefix" for scheme in ("s3", "gs", "az"))
SHARED_DISK = "shared-disk"
"""Said in the place of a work store: every node sees the data directory, at the same path."""


@dataclass(frozen=True)
class Places:
    """What servers and workers of one service must have in common.

    Attributes
    ----------
    database
        URL of the ledger's database; "" takes ``ledger.sqlite`` in the data directory.
    blob_store
        URL of the blob store: ``s3://``, ``gs://`` or ``az://``, ``file://`` or an absolute path; "" takes
        ``blobs/`` in the data directory.
    work_store
        URL of the place where nodes of a cluster leave for each other what they work on; ``shared-disk`` where
        they see the data directory anyway. "" takes ``work/`` in the blob store if that is an object store, else
        the shared disk.
    """

    database: str = ""
    blob_store: str = ""
    work_store: str = ""

    def open_ledger(self, directory: DataDirectory) -> Ledger:
        """Open the ledger; raises InvalidInput, FailedPrecondition or Unavailable as Database does."""
        return Ledger(self.database or directory.ledger_url)

    def open_blobs(self, directory: DataDirectory) -> BlobStore:
        """Open the blob store; raises InvalidInput if there is no such kind, or its driver is not installed."""
        if not self.blob_store:
            return LocalBlobStore(directory.blobs)
        url = urlsplit(self.blob_store)
        if _is_bucket(self.blob_store):
            return RemoteBlobStore(self.blob_store)
        path = Path(unquote(url.path))
        if url.scheme in ("", "file") and not url.netloc and path.is_absolute():
            return LocalBlobStore(path)
        raise InvalidInput(
            f"a blob store's url must be one of {_SCHEMES}, file:///path or an absolute path but got "
            f"{self.blob_store!r}",
            field="blob_store",
        )

    def open_work_store(self) -> WorkStore | None:
        """Return where nodes leave their work for each other, None where they see the same disk.

        Raises
        ------
        InvalidInput
            If there is no such kind of place.
        """
        if self.work_store == SHARED_DISK:
            return None
        if not self.work_store:
            store = self.blob_store if _is_bucket(self.blob_store) else ""
            return WorkStore(SharedFiles(f"{store.rstrip('/')}/work")) if store else None
        url = urlsplit(self.work_store)
        if _is_bucket(self.work_store) or (
            url.scheme == "file" and not url.netloc and Path(url.path).is_absolute()
        ):
            return WorkStore(SharedFiles(self.work_store))
        raise InvalidInput(
            f"a work store's url must be one of {_SCHEMES} or file:///path, or {SHARED_DISK} where all nodes see "
            f"the data directory, but got {redact(self.work_store)!r}",
            field="work_store",
        )


def _is_bucket(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme in EXTRAS and bool(parts.netloc)
