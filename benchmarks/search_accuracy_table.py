"""The table behind the search comparison: one row per data set, seed and arm, with every test answer."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

__all__ = ["OURS", "PROBE", "Row", "Table"]

OURS, PROBE = "our search", "linear probe"
_FILE = Path(__file__).parent / "tables" / "search_accuracy.csv"
_COLUMNS = ("data", "seed", "arm", "model", "strategy", "cpu_seconds", "accuracy", "test_rows", "right")


@dataclass(frozen=True)
class Row:
    """One cell: ``right`` bool (N,) tells which test rows the arm's model got right."""

    data: str
    seed: int
    arm: str
    model: str
    strategy: str
    seconds: float
    right: NDArray[np.bool_]

    @property
    def accuracy(self) -> float:
        """Return the share of test rows that are right."""
        return float(self.right.mean())


class Table:
    """A CSV file that rows are appended to; ``right`` is written as hexadecimal bits."""

    def __init__(self, path: Path = _FILE) -> None:
        self._path = path

    def rows(self) -> tuple[Row, ...]:
        """Return every cell."""
        if not self._path.exists():
            return ()
        with self._path.open(newline="", encoding="utf-8") as file:
            return tuple(_row(each) for each in csv.DictReader(file))

    def has(self, data: str, seed: int, arm: str) -> bool:
        """Return whether a cell is filled."""
        return any((row.data, row.seed, row.arm) == (data, seed, arm) for row in self.rows())

    def add(self, row: Row) -> Row:
        """Append a cell and return it."""
        self._path.parent.mkdir(exist_ok=True)
        fresh = not self._path.exists()
        with self._path.open("a", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, lineterminator="\n")
            if fresh:
                writer.writerow(_COLUMNS)
            bits = np.packbits(row.right).tobytes().hex()
            figures = (f"{row.seconds:.1f}", f"{row.accuracy:.4f}", len(row.right), bits)
            writer.writerow((row.data, row.seed, row.arm, row.model, row.strategy, *figures))
        return row


def _row(cells: dict[str, str]) -> Row:
    packed = np.frombuffer(bytes.fromhex(cells["right"]), dtype=np.uint8)
    right = np.unpackbits(packed)[: int(cells["test_rows"])].astype(bool)
    return Row(
        cells["data"],
        int(cells["seed"]),
        cells["arm"],
        cells["model"],
        cells["strategy"],
        float(cells["cpu_seconds"]),
        right,
    )
