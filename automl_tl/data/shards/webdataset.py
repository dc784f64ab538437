"""WebDataset shards: tar files in which ``key.jpg`` (or ``key.txt``) stands beside ``key.cls``.

Aizman, Maltby and Breuel, "High Performance I/O For Large Scale Deep Learning", IEEE Big Data 2019.
"""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import IO

from automl_tl.data.limits import Limits
from automl_tl.data.modalities.pixels import IMAGE_SUFFIXES
from automl_tl.data.shards.base import Record, Shard, ShardFormat, shard_formats
from automl_tl.errors import DatasetError, LimitExceeded

__all__ = ["WebDatasetShards"]

_TEXT, _LABEL = ".txt", ".cls"
_LARGEST_MEMBER = 256 << 20


class WebDatasetShards(ShardFormat):
    """Reads a tar file as a stream; the files of one row follow each other."""

    name = "webdataset"
    suffixes = (".tar",)

    def read(self, file: IO[bytes], shard: Shard, limits: Limits) -> Iterator[Record]:
        """Yield the rows; keys are ``file:key``. Files of other endings are passed over."""
        name = PurePosixPath(shard.url).name
        present, parts = "", dict[str, bytes]()
        try:
            with tarfile.open(fileobj=file, mode="r|") as archive:
                for member in archive:
                    key, suffix = _key_and_suffix(member.name)
                    if not member.isfile() or suffix not in (*IMAGE_SUFFIXES, _TEXT, _LABEL):
                        continue
                    if member.size > min(_LARGEST_MEMBER, limits.max_bytes):
                        raise LimitExceeded(
                            f"{name}: {member.name!r:.200} has {member.size} bytes; that is too much"
                        )
                    if key != present and parts:
                        yield _record(name, present, parts)
                        parts = {}
                    content = archive.extractfile(member)
                    present, parts[suffix] = key, content.read() if content is not None else b""
            if parts:
                yield _record(name, present, parts)
        except tarfile.TarError as error:
            raise DatasetError(f"{name}: not a readable tar file ({error})") from None


def _key_and_suffix(path: str) -> tuple[str, str]:
    """Return key and ending: what stands before and after the first dot of the last part."""
    folder, _, last = path.rpartition("/")
    stem, dot, ending = last.partition(".")
    return f"{folder}/{stem}" if folder else stem, (dot + ending).lower()


def _record(shard: str, key: str, parts: dict[str, bytes]) -> Record:
    row = f"{shard}:{key}"
    values = [parts[suffix] for suffix in (*IMAGE_SUFFIXES, _TEXT) if suffix in parts]
    if len(values) != 1:
        raise DatasetError(f"row {row}: it must have one input but has {len(values)}", field=row)
    try:
        label = parts.get(_LABEL, b"").decode("utf-8").strip()
        return Record(row, values[0].decode("utf-8") if _TEXT in parts else values[0], label)
    except UnicodeDecodeError:
        raise DatasetError(f"row {row}: text and label must be UTF-8", field=row) from None


shard_formats.register(WebDatasetShards.name, WebDatasetShards())
