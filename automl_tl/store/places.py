"""Where ledger and blobs are: below the data directory unless an operator says otherwise."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from automl_tl.errors import InvalidInput
from automl_tl.store.blobs import BlobStore
from automl_tl.store.layout import DataDirectory
from automl_tl.store.ledger import Ledger
from automl_tl.store.local_blobs import LocalBlobStore
from automl_tl.store.remote_blobs import EXTRAS, RemoteBlobStore

__all__ = ["BLOB_STORE_VARIABLE", "DATABASE_VARIABLE", "Places"]

DATABASE_VARIABLE = "AUTOML_TL_DATABASE"
BLOB_STORE_VARIABLE = "AUTOML_TL_BLOB_STORE"


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
    """

    database: str = ""
    blob_store: str = ""

    def open_ledger(self, directory: DataDirectory) -> Ledger:
        """Open the ledger; raises InvalidInput, FailedPrecondition or Unavailable as Database does."""
        return Ledger(self.database or directory.ledger_url)

    def open_blobs(self, directory: DataDirectory) -> BlobStore:
        """Open the blob store; raises InvalidInput if there is no such kind, or its driver is not installed."""
        if not self.blob_store:
            return LocalBlobStore(directory.blobs)
        url = urlsplit(self.blob_store)
        if url.scheme in EXTRAS and url.netloc:
            return RemoteBlobStore(self.blob_store)
        path = Path(unquote(url.path))
        if url.scheme in ("", "file") and not url.netloc and path.is_absolute():
            return LocalBlobStore(path)
        schemes = ", ".join(f"{scheme}://bucket/prefix" for scheme in ("s3", "gs", "az"))
        raise InvalidInput(
            f"a blob store's url must be one of {schemes}, file:///path or an absolute path but got "
            f"{self.blob_store!r}",
            field="blob_store",
        )
