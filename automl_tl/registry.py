"""Registry of plug-ins: in-tree registration plus entry points; a duplicate is an error."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from importlib.metadata import entry_points
from typing import Generic, TypeVar

from automl_tl.errors import AlreadyExists, NotFound

__all__ = ["Registry"]

T = TypeVar("T")

# One for all registries: loading one may ask another. Other threads wait, so that nobody sees half a registry.
_LOADING = threading.RLock()


class Registry(Generic[T]):
    """Named plug-ins of one kind.

    Parameters
    ----------
    slot
        Kind of plug-in for messages and for the entry-point group ``automl_tl.{slot}``, such as ``scorer``.
    load_builtin
        Imports the modules that register the in-tree plug-ins; called once, at the first look-up, so that
        importing a registry stays cheap.
    """

    def __init__(self, slot: str, load_builtin: Callable[[], object] | None = None) -> None:
        self.slot = slot
        self._load_builtin = load_builtin
        self._begun = self._loaded = False
        self._entries: dict[str, T] = {}

    def register(self, name: str, entry: T) -> T:
        """Add ``entry`` under ``name`` and return it; raises AlreadyExists on a duplicate."""
        if name in self._entries:
            raise AlreadyExists(f"{self.slot} {name!r} is registered twice; choose another name")
        self._entries[name] = entry
        return entry

    def get(self, name: str) -> T:
        """Return the entry called ``name``; raises NotFound with the known names."""
        self._ensure_loaded()
        if name not in self._entries:
            known = ", ".join(sorted(self._entries)) or "none"
            raise NotFound(f"there is no {self.slot} {name!r}; known: {known}", field=self.slot)
        return self._entries[name]

    def names(self) -> tuple[str, ...]:
        """Return every registered name in sorted order."""
        self._ensure_loaded()
        return tuple(sorted(self._entries))

    def __contains__(self, name: object) -> bool:
        self._ensure_loaded()
        return name in self._entries

    def __iter__(self) -> Iterator[str]:
        return iter(self.names())

    def _ensure_loaded(self) -> None:
        if self._loaded:
            return
        with _LOADING:
            # A plug-in that asks while it is being loaded finds those that came before it.
            if self._begun:
                return
            self._begun = True
            try:
                if self._load_builtin is not None:
                    self._load_builtin()
                for point in entry_points(group=f"automl_tl.{self.slot}"):
                    self.register(point.name, point.load())
            finally:
                self._loaded = True
