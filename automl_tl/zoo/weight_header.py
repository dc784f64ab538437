"""What a safetensors file says about itself in its first bytes; loads no torch."""

from __future__ import annotations

import json
import math
import struct
from pathlib import Path
from typing import Any

from automl_tl.errors import ModelUnavailable

__all__ = ["count_parameters", "read_header"]

_LARGEST_HEADER = 100_000_000


def read_header(path: Path) -> dict[str, Any]:
    """Return tensor name -> ``{"dtype", "shape", "data_offsets"}``.

    Raises
    ------
    ModelUnavailable
        If the file is missing, cut short, or not safetensors.
    """
    try:
        with path.open("rb") as handle:
            start = handle.read(8)
            length = struct.unpack("<Q", start)[0] if len(start) == 8 else 0
            if not 2 <= length <= min(_LARGEST_HEADER, path.stat().st_size - 8):
                raise ModelUnavailable(f"{path.name} is not a complete safetensors file", field=path.name)
            header = json.loads(handle.read(length))
    except OSError as error:
        raise ModelUnavailable(f"{path.name} cannot be read: {error.strerror}", field=path.name) from None
    except ValueError:
        raise ModelUnavailable(f"{path.name} is not a safetensors file: its header is damaged") from None
    if not isinstance(header, dict):
        raise ModelUnavailable(f"{path.name} is not a safetensors file: its header is damaged", field=path.name)
    header.pop("__metadata__", None)
    return header


def count_parameters(path: Path) -> int:
    """Return the number of floating-point values in the file, batch-norm statistics included."""
    floats = (entry for entry in read_header(path).values() if str(entry["dtype"]).startswith(("F", "BF")))
    return sum(math.prod(entry["shape"]) for entry in floats)
