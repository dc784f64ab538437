"""Types of GPU by the names that Ray gives them: how such a name looks, and how much memory one has."""

from __future__ import annotations

import math
import re

__all__ = ["accelerator_bytes", "check_accelerator"]

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_GB = 1e9

# What makers state, in units of 10^9 bytes. Where a type was made with more than one size, the smallest: a trial
# that was promised too little shares its GPU with fewer, one that was promised too much runs out of memory.
_GIGABYTES = {
    "K80": 12,
    "P4": 8,
    "P100": 12,
    "V100": 16,
    "T4": 16,
    "A10G": 24,
    "A100": 40,
    "A100-40G": 40,
    "A100-80G": 80,
    "L4": 24,
    "L40S": 48,
    "H20": 96,
    "H100": 80,
    "H200": 141,
    "B200": 180,
    "B300": 270,
    "GB200": 180,
    "GB300": 270,
    "RTX-PRO-6000": 96,
    "AMD-Instinct-MI100": 32,
    "AMD-Instinct-MI210": 64,
    "AMD-Instinct-MI250X": 64,
    "AMD-Instinct-MI250X-MI250": 64,
    "AMD-Instinct-MI300A": 128,
    "AMD-Instinct-MI300X-OAM": 192,
    "AMD-Instinct-MI300X-HF": 192,
    "AMD-Instinct-MI308X": 192,
    "AMD-Instinct-MI325X-OAM": 256,
    "AMD-Instinct-MI350X-OAM": 288,
    "AMD-Instinct-MI355X-OAM": 288,
}


def check_accelerator(name: str) -> str:
    """Return the name of a type of GPU if it can be one.

    Operators may give their nodes names of their own, so a name that is not known here is none the worse, unless
    it is a known one in other letters: Ray would wait for it without end.

    Raises
    ------
    ValueError
        If Ray could not use it, or knows it as something else; the text says what would do.
    """
    if not _NAME.fullmatch(name):
        raise ValueError(
            "accelerator must be a type of GPU as Ray names it, such as H200 or A100-80G (letters, digits, '.', "
            f"'_' and '-', at most 64) but got {name!r}"
        )
    meant = {_plain(known): known for known in _GIGABYTES}.get(_plain(name), name)
    if meant != name:
        raise ValueError(f"accelerator must be a type of GPU as Ray names it: {meant!r}, not {name!r}")
    return name


def accelerator_bytes(name: str) -> float:
    """Return the memory of a GPU of this type in bytes; NaN where it is not known."""
    return _GIGABYTES.get(name, math.nan) * _GB


def _plain(name: str) -> str:
    """Return what is left of a name without its maker, capitals and separators."""
    return re.sub(r"^(nvidia|tesla|geforce|amd|instinct)+", "", re.sub(r"[^a-z0-9]", "", name.lower()))
