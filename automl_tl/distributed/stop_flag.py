"""How running trials hear that they should end: a file where all see the same disk, else a key that Ray keeps."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path

from ray.experimental.internal_kv import _internal_kv_del, _internal_kv_exists, _internal_kv_put

__all__ = ["ClusterFlag", "FileFlag", "StopFlag", "flag_at"]

_NAMESPACE = b"automl_tl"


class StopFlag(ABC):
    """Raised by the driver, looked at by trials. ``address`` is what a trial's config carries."""

    address: str
    look_seconds: float
    """How often to look: a look takes a system call, or a question to the cluster's head."""

    @abstractmethod
    def hoist(self) -> None:
        """Ask trials to end."""

    @abstractmethod
    def hoisted(self) -> bool:
        """Return whether trials were asked to end."""

    @abstractmethod
    def remove(self) -> None:
        """Leave nothing behind."""


@dataclass(frozen=True)
class FileFlag(StopFlag):
    """A file on a disk that all trials see."""

    path: Path
    look_seconds = 0.25

    @property
    def address(self) -> str:  # type: ignore[override]
        """The file."""
        return f"file:{self.path}"

    def hoist(self) -> None:
        """Make the file."""
        self.path.touch()

    def hoisted(self) -> bool:
        """Return whether there is the file."""
        return os.path.exists(self.path)  # noqa: PTH110 - called in the loop of training

    def remove(self) -> None:
        """Erase the file."""
        self.path.unlink(missing_ok=True)


@dataclass(frozen=True)
class ClusterFlag(StopFlag):
    """A key in the memory of the cluster's head."""

    name: str
    look_seconds = 1.0

    @property
    def address(self) -> str:  # type: ignore[override]
        """The key."""
        return f"ray:{self.name}"

    def hoist(self) -> None:
        """Write the key."""
        _internal_kv_put(self._key, b"1", namespace=_NAMESPACE)

    def hoisted(self) -> bool:
        """Return whether there is the key."""
        try:
            return bool(_internal_kv_exists(self._key, namespace=_NAMESPACE))
        except Exception:  # a head that is away for a moment stops nobody
            return False

    def remove(self) -> None:
        """Erase the key."""
        _internal_kv_del(self._key, namespace=_NAMESPACE)

    @property
    def _key(self) -> bytes:
        return f"stop:{self.name}".encode()


def flag_at(address: str) -> StopFlag:
    """Return the flag that an address names."""
    kind, _, name = address.partition(":")
    return FileFlag(Path(name)) if kind == "file" else ClusterFlag(name)
