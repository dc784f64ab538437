"""UTF-8 text of a foreign file, or one clear error that says where it is not UTF-8."""

from __future__ import annotations

from pathlib import Path

from automl_tl.errors import DatasetError

__all__ = ["read_utf8"]

_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")


def read_utf8(path: Path) -> str:
    """Return the file's text without a byte-order mark; raises DatasetError with the first bad line."""
    data = path.read_bytes()
    if data.startswith(_UTF16_MARKS):
        raise DatasetError(f"{path.name}: the file is UTF-16; save it as UTF-8")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        bad = data[error.start]
        raise DatasetError(
            f"{path.name}, line {line}: byte 0x{bad:02x} is not UTF-8; save the file as UTF-8"
        ) from None
    if "\x00" in text:
        line = text.count("\n", 0, text.index("\x00")) + 1
        raise DatasetError(f"{path.name}, line {line}: a NUL character; the file is not plain UTF-8 text")
    return text
