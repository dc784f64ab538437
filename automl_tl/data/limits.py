"""How large a dataset may be; one frozen value that every reader of foreign bytes is given."""

from __future__ import annotations

from dataclasses import dataclass, fields

__all__ = ["Limits"]


@dataclass(frozen=True)
class Limits:
    """Upper bounds on what is read; passing one is a LimitExceeded that names it.

    Attributes
    ----------
    max_files
        Entries of an archive, or files below a folder.
    max_bytes
        Bytes of all files together, unpacked.
    max_ratio
        Unpacked bytes per packed byte of an archive, image or Parquet table (checked from 64 MiB unpacked on).
    max_name_bytes
        Bytes of one path inside the dataset, UTF-8.
    max_pixels
        Width times height of one image; checked before decoding.
    max_rows, max_columns
        Of a manifest.
    max_text_chars
        Characters of one text; longer texts are left out.
    max_classes
        Distinct values of a target column.
    max_shard_bytes
        Bytes of all shards of a folder together; they do not count towards ``max_bytes``, since they are read
        where they lie and never as a whole.
    max_shard_rows
        Rows of all shards together.
    max_block_bytes
        Unpacked bytes of one row group of a Parquet shard: the least that can be read at once.
    """

    max_files: int = 200_000
    max_bytes: int = 8 * 2**30
    max_ratio: int = 200
    max_name_bytes: int = 1_024
    max_pixels: int = 64_000_000
    max_rows: int = 1_000_000
    max_columns: int = 1_000
    max_text_chars: int = 100_000
    max_classes: int = 1_000
    max_shard_bytes: int = 4 * 2**40
    max_shard_rows: int = 100_000_000
    max_block_bytes: int = 2**30

    def __post_init__(self) -> None:
        for entry in fields(self):
            value = getattr(self, entry.name)
            if value < 1:
                raise ValueError(f"{entry.name} must be at least 1 but got {value}")
