"""Embeddings that drivers and nodes of a cluster find again without a common disk."""

from __future__ import annotations

import json
import re
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

from automl_tl.errors import DataCorrupted, NotFound, Unavailable
from automl_tl.names import digest_file
from automl_tl.probe.cache import EmbeddingCache
from automl_tl.probe.embeddings import Embeddings
from automl_tl.store.shared_files import SharedFiles

__all__ = ["SharedEmbeddingCache"]


class SharedEmbeddingCache(EmbeddingCache):
    """A driver's cache on its own disk, and behind it a store that all see; on a node only the store.

    Being away of the store costs a head start, not a result: embeddings are then computed anew.

    Parameters
    ----------
    directory
        On this machine's disk; None keeps nothing, as on a node, where drivers do the storing.
    files
        Where embeddings lie as ``{dataset digest}/{content digest}``; ``{computation}.json`` beside them tells.
    """

    def __init__(self, directory: Path | None, files: SharedFiles) -> None:
        super().__init__(directory or Path())
        self._local = directory is not None
        self._files = files

    def __reduce__(self) -> tuple[Any, ...]:
        return SharedEmbeddingCache, (None, self._files)

    def load(self, dataset_digest: str, computation: str, model: str) -> Embeddings | None:
        """Return every cached row, None if there is none, or the store is away."""
        found = super().load(dataset_digest, computation, model) if self._local else None
        if found is not None:
            return found
        with suppress(NotFound, DataCorrupted, Unavailable, OSError):
            if self._local:
                self._fetch(dataset_digest, computation, self._path(dataset_digest, computation))
                return super().load(dataset_digest, computation, model)
            with tempfile.TemporaryDirectory() as scratch:
                own = EmbeddingCache(Path(scratch))
                self._fetch(dataset_digest, computation, own._path(dataset_digest, computation))
                return own.load(dataset_digest, computation, model)
        return None

    def store(self, dataset_digest: str, computation: str, embeddings: Embeddings) -> None:
        """Write embeddings over what was cached before, here and in the store."""
        if not self._local:
            return
        super().store(dataset_digest, computation, embeddings)
        with suppress(Unavailable):
            path = self._path(dataset_digest, computation)
            before, digest = self._digest(dataset_digest, computation), digest_file(path)
            self._files.put(path, f"{dataset_digest}/{digest}")
            described = json.dumps({"sha256": digest}).encode()
            self._files.write(described, f"{dataset_digest}/{computation}.json")
            if before not in ("", digest):
                self._files.remove(f"{dataset_digest}/{before}")

    def _fetch(self, dataset_digest: str, computation: str, target: Path) -> None:
        digest = self._digest(dataset_digest, computation)
        if not digest:
            raise NotFound(f"no embeddings of {computation} are stored")
        self._files.fetch(f"{dataset_digest}/{digest}", target, digest)

    def _digest(self, dataset_digest: str, computation: str) -> str:
        """Return the content that is stored for a computation, "" if there is none."""
        try:
            described = json.loads(self._files.read(f"{dataset_digest}/{computation}.json"))
            digest = str(described["sha256"])
        except (NotFound, ValueError, KeyError, TypeError):
            return ""
        return digest if re.fullmatch(r"[0-9a-f]{64}", digest) else ""
