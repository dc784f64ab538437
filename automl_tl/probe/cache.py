"""Embeddings on disk, by dataset and by what computed them; a deleted dataset takes its embeddings along."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from automl_tl.errors import InvalidInput
from automl_tl.names import digest_file, digest_json
from automl_tl.probe.embeddings import Embeddings
from automl_tl.probe.precision import FLOAT32
from automl_tl.zoo.backbone import LoadedModel
from automl_tl.zoo.card_json import card_to_json

__all__ = ["EmbeddingCache", "computation_digest"]


class EmbeddingCache:
    """Cached embeddings under ``{directory}/{dataset digest}/{computation digest}.safetensors``.

    Parameters
    ----------
    directory
        Made when something is stored. Several processes may share it: files are replaced atomically.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def load(self, dataset_digest: str, computation: str, model: str) -> Embeddings | None:
        """Return every cached row, or None if there is none or the file is damaged."""
        path = self._path(dataset_digest, computation)
        try:
            with safe_open(path, framework="numpy") as stored:
                keys = set(stored.keys())
                rows, features = stored.get_tensor("rows"), stored.get_tensor("features")
                probs = stored.get_tensor("source_probs") if "source_probs" in keys else None
                digest = (stored.metadata() or {}).get("weights_digest", "")
        except (OSError, SafetensorError, KeyError, ValueError):
            return None
        found = Embeddings(model, rows, features, probs, 0.0, digest)
        return found if _sound(found) else None

    def store(self, dataset_digest: str, computation: str, embeddings: Embeddings) -> None:
        """Write embeddings over what was cached before; readers see the old file or the new one."""
        path = self._path(dataset_digest, computation)
        path.parent.mkdir(parents=True, exist_ok=True)
        tensors = {"rows": embeddings.rows, "features": embeddings.features}
        if embeddings.source_probs is not None:
            tensors["source_probs"] = embeddings.source_probs
        whole = {name: np.ascontiguousarray(value) for name, value in tensors.items()}
        with _replacing(path) as temporary:
            save_file(whole, temporary, metadata={"weights_digest": embeddings.weights_digest})

    def erase(self, dataset_digest: str) -> int:
        """Remove every embedding of one dataset and return how many files there were."""
        directory = self._folder(dataset_digest)
        if not directory.is_dir():
            return 0
        count = sum(1 for _ in directory.glob("*.safetensors"))
        shutil.rmtree(directory)
        return count

    def _folder(self, dataset_digest: str) -> Path:
        if not re.fullmatch(r"[A-Za-z0-9_-]+", dataset_digest):
            raise InvalidInput(f"a dataset digest has letters and digits only but got {dataset_digest!r}")
        return self._directory / dataset_digest

    def _path(self, dataset_digest: str, computation: str) -> Path:
        return self._folder(dataset_digest) / f"{computation}.safetensors"


def computation_digest(loaded: LoadedModel, *, layers: str = "", precision: str = FLOAT32) -> str:
    """Return the SHA-256 of all that decides an embedding besides the data.

    Those are the weights, the architecture, how inputs are prepared, the tokenizer's files, what the embedding is
    made of and the precision.

    Parameters
    ----------
    layers
        One of the backbone's ``layer_choices``; "" means the card's own.
    """
    backbone = loaded.backbone
    with tempfile.TemporaryDirectory() as assets:
        backbone.save_assets(Path(assets))
        files = {path.name: digest_file(path) for path in sorted(Path(assets).iterdir()) if path.is_file()}
    card = replace(backbone.card, input=replace(backbone.card.input, layers=layers or backbone.layers))
    parts = {
        "assets": files,
        "config": backbone.config,
        "input": card_to_json(card)["input"],
        "weights": loaded.weights_digest,
    }
    # Named only where it is not float32: embeddings of earlier versions stay usable.
    return digest_json(parts if precision == FLOAT32 else {**parts, "precision": precision})


def _sound(found: Embeddings) -> bool:
    """Return whether a cached file holds what was stored: one finite row of features per sorted row number."""
    rows, features, probs = found.rows, found.features, found.source_probs
    return (
        rows.dtype == np.int64
        and rows.ndim == 1
        and features.ndim == 2
        and len(features) == len(rows)
        and (probs is None or (probs.ndim == 2 and len(probs) == len(rows)))
        and _strictly_ascending(rows)
        and bool(np.isfinite(features).all())
    )


def _strictly_ascending(rows: NDArray[np.int64]) -> bool:
    return bool((np.diff(rows) > 0).all())


@contextmanager
def _replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside ``path`` that takes its place only if the block succeeds."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem}.", suffix=".tmp")
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
