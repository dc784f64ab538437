"""What a pass over shards found out, in a file: at ten million rows nobody wants to make that pass twice."""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from automl_tl.data.dataset import Dataset, RowIssue
from automl_tl.data.limits import Limits
from automl_tl.data.paths import list_files
from automl_tl.data.shards.stored import Addresses, ShardedInputs, dataset_of
from automl_tl.errors import AutomlError

__all__ = ["read_index", "write_index"]

_VERSION = 1
_LISTS = ("shards", "formats")


def write_index(dataset: Dataset, path: Path) -> None:
    """Write what is known of a data set of shards; its digest is believed as long as no file changes."""
    stored = dataset.stored
    assert isinstance(stored, ShardedInputs)
    words: dict[str, list[str]] = {}
    arrays: dict[str, Any] = {}
    for place, (name, cells) in enumerate(dataset.columns.items()):
        words[name], arrays[f"column_{place}"] = _coded(cells)
    arrays |= {
        each.name: getattr(stored.addresses, each.name)
        for each in fields(Addresses)
        if each.name not in _LISTS and getattr(stored.addresses, each.name) is not None
    }
    head = {
        "version": _VERSION,
        "modality": dataset.modality,
        "digest": dataset.digest,
        "column": stored.column,
        "files": _stamps(dataset.root),
        "words": words,
        "issues": [[issue.row, issue.problem, issue.left_out] for issue in dataset.issues],
        "set_aside": dict(dataset.set_aside),
        **{name: list(getattr(stored.addresses, name)) for name in _LISTS},
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.npz")
    try:
        np.savez(temporary, head=np.frombuffer(json.dumps(head).encode(), dtype=np.uint8), **arrays)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def read_index(path: Path, root: Path) -> Dataset | None:
    """Return the data set of the shards below ``root``; None without a file, or if any shard has changed."""
    try:
        with np.load(path, allow_pickle=False) as kept:
            parts: dict[str, NDArray[Any]] = {name: kept[name] for name in kept.files}
        head = json.loads(parts.pop("head").tobytes())
        if head["version"] != _VERSION or head["files"] != _stamps(root):
            return None
        columns = {}
        for place, (name, words) in enumerate(head["words"].items()):
            columns[name] = tuple(words[code] for code in parts.pop(f"column_{place}").tolist())
        where: dict[str, Any] = {"block": None, **parts, **{name: tuple(head[name]) for name in _LISTS}}
        stored = ShardedInputs(root, head["column"], Addresses(**where))
    except (OSError, EOFError, ValueError, KeyError, TypeError, zipfile.BadZipFile, AutomlError):
        return None
    return dataset_of(
        stored,
        modality=head["modality"],
        digest=head["digest"],
        columns=columns,
        issues=tuple(RowIssue(*issue) for issue in head["issues"]),
        set_aside=head["set_aside"],
    )


def _coded(cells: Sequence[str]) -> tuple[list[str], NDArray[np.int32]]:
    """Return the different cells, and for each cell which of them it is."""
    words: dict[str, int] = {}
    codes = np.fromiter((words.setdefault(cell, len(words)) for cell in cells), dtype=np.int32, count=len(cells))
    return list(words), codes


def _stamps(root: Path) -> list[list[Any]]:
    """Return size and time of the last change of every file of the data set."""
    found = [(name, (root / name).stat()) for name in list_files(root, Limits())]
    return [[name, status.st_size, status.st_mtime_ns] for name, status in found]
