"""Small data sets in shards, for tests and benchmarks."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np
from PIL import Image

__all__ = ["coloured_images", "write_parquet_shards", "write_webdataset_shards"]

Row = TypeVar("Row")

_DISTINCT = 500
_ROWS_PER_GROUP = 1000


def coloured_images(count: int, *, size: int = 32, classes: int = 3, seed: int = 0) -> list[tuple[bytes, str]]:
    """Return so many PNG files with their labels: noise around a colour for each class; some hundred differ."""
    rng = np.random.default_rng(seed)
    colours = rng.integers(40, 216, (classes, 3))
    made = []
    for number in range(min(count, _DISTINCT)):
        noise = rng.integers(-40, 40, (size // 4, size // 4, 3))
        coarse = (colours[number % classes] + noise).astype(np.uint8)
        buffer = io.BytesIO()
        Image.fromarray(coarse).resize((size, size), Image.Resampling.NEAREST).save(buffer, format="PNG")
        made.append((buffer.getvalue(), f"class {number % classes}"))
    return [made[number % len(made)] for number in range(count)]


def write_parquet_shards(folder: Path, rows: Sequence[tuple[bytes | str, str]], *, shards: int) -> None:
    """Write columns ``image`` and ``label``."""
    import pyarrow
    from pyarrow import parquet

    folder.mkdir(parents=True, exist_ok=True)
    for number, part in enumerate(_parts(rows, shards)):
        table = pyarrow.table({"image": [value for value, _ in part], "label": [label for _, label in part]})
        parquet.write_table(table, folder / f"part-{number:04d}.parquet", row_group_size=_ROWS_PER_GROUP)


def write_webdataset_shards(folder: Path, rows: Sequence[tuple[bytes, str]], *, shards: int) -> None:
    """Write pairs ``key.png`` and ``key.cls``."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, part in enumerate(_parts(rows, shards)):
        with tarfile.open(folder / f"part-{number:04d}.tar", "w") as archive:
            for place, (value, label) in enumerate(part):
                for ending, content in (("png", value), ("cls", label.encode())):
                    member = tarfile.TarInfo(f"{place:06d}.{ending}")
                    member.size = len(content)
                    archive.addfile(member, io.BytesIO(content))


def _parts(rows: Sequence[Row], shards: int) -> list[list[Row]]:
    return [[rows[place] for place in part] for part in np.array_split(np.arange(len(rows)), shards)]
