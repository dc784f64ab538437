"""Copies of data sets for machines that do not see the disk on which a job has unpacked them."""

from __future__ import annotations

import json
import re
import shutil
import tempfile
import uuid
from collections.abc import Container, Iterator, Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from automl_tl.data.dataset import Dataset
from automl_tl.data.modalities.base import modalities
from automl_tl.data.shards.spool import SpooledInputs
from automl_tl.data.shards.stored import ShardedInputs, moved
from automl_tl.errors import DataCorrupted, NotFound
from automl_tl.names import digest_file
from automl_tl.store.patience import Patience
from automl_tl.store.shared_files import SharedFiles

__all__ = ["DatasetCopies"]

FORMAT = "automl-tl dataset copy"
FORMAT_VERSION = 1
_DESCRIPTION = "copy.json"
_PART_BYTES = 64 << 20
_PATIENCE_SECONDS = 300.0


class DatasetCopies:
    """The input files of data sets, in parts of some 64 MiB that are named by their digest.

    A part is a safetensors file: the bytes of file number ``n`` of the data set under the name ``n``. Larger
    files, such as shards, stay as they are, and so do the samples of a data set that is streamed. The data set
    itself says where a file belongs, not what was fetched.
    """

    def __init__(
        self, files: SharedFiles, patience: Patience | None = None, *, part_bytes: int = _PART_BYTES
    ) -> None:
        self._files = files
        self._patience = patience or Patience(seconds=_PATIENCE_SECONDS)
        self._part_bytes = part_bytes

    def publish(self, dataset: Dataset) -> None:
        """Store the input files of a data set, unless that was done before; one of plain texts has none.

        Raises
        ------
        Unavailable
            If the store stays away.
        """
        if _input_files(_without_samples(dataset)):
            self._patience.until_done(lambda: self._publish(dataset))

    def bring(self, dataset: Dataset, directory: Path) -> Dataset:
        """Return the data set with its files in ``directory``, which appears whole or not at all.

        Raises
        ------
        NotFound, DataCorrupted
            If they are gone or damaged.
        Unavailable
            If the store stays away.
        """
        whole = _without_samples(dataset)
        if not _input_files(whole):
            return dataset
        if not directory.is_dir():
            self._patience.until_done(lambda: self._bring(whole, directory))
        there = (
            moved(whole, directory) if isinstance(whole.stored, ShardedInputs) else replace(whole, root=directory)
        )
        return self._with_samples(dataset, there)

    def _with_samples(self, dataset: Dataset, there: Dataset) -> Dataset:
        """Return the data set with the copies of its samples too; without them all is read from its shards."""
        samples = dataset.stored
        if not isinstance(samples, SpooledInputs) or there.stored is None:
            return there
        path = there.root / f".samples-{samples.digest}"
        if not path.is_file():
            place = f"{dataset.digest}/{samples.digest}"
            try:
                self._patience.until_done(lambda: self._files.fetch(place, path, samples.digest))
            except (NotFound, DataCorrupted):
                return there
        return replace(there, stored=samples.moved(there.stored, path))

    def _publish(self, dataset: Dataset) -> None:
        samples, dataset = dataset.stored, _without_samples(dataset)
        if isinstance(samples, SpooledInputs) and not self._files.exists(f"{dataset.digest}/{samples.digest}"):
            self._files.put(samples.path, f"{dataset.digest}/{samples.digest}")
        place = f"{dataset.digest}/{_DESCRIPTION}"
        if self._files.exists(place):
            return
        paths = [dataset.root / path for path in _input_files(dataset)]
        large = {str(n): path for n, path in enumerate(paths) if path.stat().st_size >= self._part_bytes}
        whole = {number: self._put(path, dataset) for number, path in large.items()}
        parts = []
        with tempfile.TemporaryDirectory() as scratch:
            for contents in _parts({str(n): path for n, path in enumerate(paths)}, large, self._part_bytes):
                save_file(contents, Path(scratch) / "part")
                parts.append(self._put(Path(scratch) / "part", dataset))
        described = {"format": FORMAT, "format_version": FORMAT_VERSION, "parts": parts, "files": whole}
        self._files.write(json.dumps(described).encode(), place)

    def _put(self, path: Path, dataset: Dataset) -> str:
        digest = digest_file(path)
        self._files.put(path, f"{dataset.digest}/{digest}")
        return digest

    def _bring(self, dataset: Dataset, directory: Path) -> None:
        parts, whole = _digests(self._files.read(f"{dataset.digest}/{_DESCRIPTION}"))
        paths, left = _input_files(dataset), set(_input_files(dataset))
        fresh = directory.with_name(f".{directory.name}.{uuid.uuid4().hex}")
        fetched = fresh.with_name(f"{fresh.name}.part")
        try:
            fresh.mkdir(parents=True)
            for number, digest in whole.items():
                self._files.fetch(f"{dataset.digest}/{digest}", fresh / paths[int(number)], digest)
                left.discard(paths[int(number)])
            for digest in parts:
                self._files.fetch(f"{dataset.digest}/{digest}", fetched, digest)
                with safe_open(fetched, framework="numpy") as part:
                    for number in part.keys():  # noqa: SIM118 - this is no mapping
                        path = paths[int(number)]
                        (fresh / path).parent.mkdir(parents=True, exist_ok=True)
                        (fresh / path).write_bytes(part.get_tensor(number).tobytes())
                        left.discard(path)
            if left:
                raise NotFound(f"the copy of the data set lacks {len(left)} of {len(paths)} files")
            fresh.rename(directory)
        except (SafetensorError, ValueError, IndexError) as error:
            raise DataCorrupted(f"the copy of the data set is damaged ({error})") from error
        finally:
            fetched.unlink(missing_ok=True)
            shutil.rmtree(fresh, ignore_errors=True)


def _without_samples(dataset: Dataset) -> Dataset:
    """Return the data set as all of it is stored."""
    return replace(dataset, stored=dataset.stored.base) if isinstance(dataset.stored, SpooledInputs) else dataset


def _input_files(dataset: Dataset) -> tuple[str, ...]:
    """Return the paths of all files that inputs are read from; () where those stand in the data set itself."""
    if isinstance(dataset.stored, ShardedInputs):
        paths = dataset.stored.addresses.shards
    elif modalities.get(dataset.modality).file_suffixes:
        paths = tuple(dict.fromkeys(dataset.inputs))
    else:
        return ()
    for path in paths:
        if PurePosixPath(path).is_absolute() or ".." in PurePosixPath(path).parts:
            raise DataCorrupted(f"the input {path!r} does not lie below the data set's directory")
    return paths


def _parts(
    paths: Mapping[str, Path], without: Container[str], size: int
) -> Iterator[dict[str, NDArray[np.uint8]]]:
    part: dict[str, NDArray[np.uint8]] = {}
    held = 0
    for number, path in paths.items():
        if number in without:
            continue
        content = np.fromfile(path, dtype=np.uint8)
        part[number] = content
        held += len(content)
        if held >= size:
            yield part
            part, held = {}, 0
    if part:
        yield part


def _digests(text: bytes) -> tuple[list[str], dict[str, str]]:
    """Return what parts there are, and by its number each file that is none of a part."""
    try:
        described = json.loads(text)
        if (described["format"], described["format_version"]) != (FORMAT, FORMAT_VERSION):
            raise ValueError("another format")
        parts = [str(digest) for digest in described["parts"]]
        files = {str(number): str(digest) for number, digest in described["files"].items()}
        if not all(re.fullmatch(r"[0-9a-f]{64}", digest) for digest in (*parts, *files.values())):
            raise ValueError("no digests")
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DataCorrupted(f"the description of a data set's copy is damaged ({error})") from error
    return parts, files
