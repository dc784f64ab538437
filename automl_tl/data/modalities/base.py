"""What a modality must be able to do; one file and one registration per modality."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from automl_tl.data.dataset import Dataset, Example
from automl_tl.data.limits import Limits
from automl_tl.registry import Registry

__all__ = ["InputColumn", "Modality", "modalities"]


@dataclass(frozen=True)
class InputColumn:
    """A table column that a modality can read its inputs from.

    ``certainty`` in (0, 1] decides between modalities; ``remark`` says how it was found, "" if by its name.
    """

    name: str
    certainty: float
    remark: str = ""


class Modality(ABC):
    """Reads one kind of input, such as images or texts."""

    name: str
    input_columns: tuple[str, ...]
    """Manifest column names that mark this modality, in order of preference."""
    file_suffixes: tuple[str, ...] = ()
    """Endings of the files that hold one input each; empty if inputs stand in the table itself."""

    @abstractmethod
    def find_column(self, columns: Mapping[str, Sequence[str]], root: Path) -> InputColumn | None:
        """Return the column that holds this modality's inputs, or None; ``root`` is where the table lies."""

    @abstractmethod
    def check(self, root: Path, value: str, limits: Limits) -> str:
        """Return why an input is unusable (unreadable, empty, too large ...), or "" if it is fine.

        ``value`` is what ``Dataset.inputs`` would hold: a path relative to ``root``, or the input itself.
        """

    def check_stored(self, value: bytes | str, limits: Limits) -> str:
        """Return why an input that is a row of a shard is unusable, or ""; by default such inputs are texts."""
        if isinstance(value, str):
            return self.check(Path(), value, limits)
        return f"bytes are no {self.name}"

    @abstractmethod
    def read(self, dataset: Dataset, indices: Sequence[int]) -> list[Example]:
        """Return the decoded inputs of these rows, in this order.

        Raises
        ------
        DatasetError
            Naming the row, if one cannot be decoded.
        """

    @abstractmethod
    def content_key(self, dataset: Dataset, index: int) -> str:
        """Return a key that two rows share exactly if their decoded inputs are the same."""

    @abstractmethod
    def sizes(self, dataset: Dataset, index: int) -> Mapping[str, float]:
        """Return how large one input is, such as ``{"width": 32, "height": 32}``, without decoding all of it."""


def _load_builtin() -> None:
    for name in ("image", "text"):
        import_module(f"automl_tl.data.modalities.{name}")


modalities: Registry[Modality] = Registry("modality", _load_builtin)
