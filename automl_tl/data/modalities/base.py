"""What a modality must be able to do; one file and one registration per modality."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from importlib import import_module

from automl_tl.data.dataset import Dataset, Example
from automl_tl.registry import Registry

__all__ = ["Modality", "modalities"]


class Modality(ABC):
    """Reads one kind of input, such as images or texts."""

    name: str
    input_columns: tuple[str, ...]
    """Manifest column names that mark this modality, in order of preference."""

    @abstractmethod
    def read(self, dataset: Dataset, indices: Sequence[int]) -> list[Example]:
        """Return the decoded inputs of these rows, in this order.

        Raises
        ------
        DatasetError
            Naming the row, if one cannot be decoded.
        """

    @abstractmethod
    def check(self, dataset_root_input: str, example_bytes: bytes | None) -> str:
        """Return why an input is unusable, or "" if it is fine (unreadable, empty, too large ...)."""

    @abstractmethod
    def content_key(self, dataset: Dataset, index: int) -> str:
        """Return a key that two rows share exactly if their decoded inputs are the same."""


def _load_builtin() -> None:
    for name in ("image", "text"):
        import_module(f"automl_tl.data.modalities.{name}")


modalities: Registry[Modality] = Registry("modality", _load_builtin)
