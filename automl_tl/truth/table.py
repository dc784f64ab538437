"""What was measured, one row per cell (data set x model x seed), in a CSV file that grows cell by cell."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from automl_tl.errors import DataCorrupted

__all__ = ["Measurement", "TruthTable"]


@dataclass(frozen=True)
class Measurement:
    """How one candidate did on one draw of one data set.

    ``fine_tuned`` and ``probe`` are the metric on the test part, of the fine-tuned model and of the linear probe
    it started from; ``validation`` is the fine-tuned model's on the validation part. ``error`` tells why there is
    no figure; the figures are NaN then.
    """

    data: str
    model: str
    seed: int
    rows: int
    updates: int
    metric: str
    fine_tuned: float
    probe: float
    validation: float
    seconds: float
    error: str = ""

    @property
    def cell(self) -> tuple[str, str, int]:
        """What was measured: data set, model, seed."""
        return self.data, self.model, self.seed


class TruthTable:
    """Measurements by cell.

    Parameters
    ----------
    path
        CSV file with a header; it need not exist yet.

    Raises
    ------
    DataCorrupted
        Naming the first line that is no measurement.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._rows: dict[tuple[str, str, int], Measurement] = {}
        if path.is_file():
            for row in _read(path):
                self._rows[row.cell] = row

    def __contains__(self, cell: tuple[str, str, int]) -> bool:
        return cell in self._rows

    def __len__(self) -> int:
        return len(self._rows)

    def rows(self) -> tuple[Measurement, ...]:
        """Return all measurements in the order in which they were made."""
        return tuple(self._rows.values())

    def add(self, row: Measurement) -> None:
        """Append a measurement; the line is complete on disk before this returns."""
        fresh = not self._path.is_file()
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("a", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            if fresh:
                writer.writerow([field.name for field in fields(Measurement)])
            writer.writerow([_cell(value) for value in asdict(row).values()])
        self._rows[row.cell] = row

    def data(self) -> tuple[str, ...]:
        """Return the names of the data sets, in order of their first measurement."""
        return tuple(dict.fromkeys(row.data for row in self._rows.values()))

    def models(self, data: str) -> tuple[str, ...]:
        """Return the models that were measured on a data set, sorted."""
        return tuple(sorted({row.model for row in self._rows.values() if row.data == data}))

    def seeds(self, data: str) -> tuple[int, ...]:
        """Return the seeds of a data set for which every one of its models has a figure, ascending."""
        models = self.models(data)
        known = {row.cell for row in self._rows.values() if not row.error}
        seeds = sorted({row.seed for row in self._rows.values() if row.data == data})
        return tuple(seed for seed in seeds if all((data, model, seed) in known for model in models))

    def values(self, data: str, field: str = "fine_tuned") -> NDArray[np.float64]:
        """Return figures (S, M), seeds x models, in the order of :meth:`seeds` and :meth:`models`."""
        return np.array(
            [
                [getattr(self._rows[data, model, seed], field) for model in self.models(data)]
                for seed in self.seeds(data)
            ],
            dtype=np.float64,
        ).reshape(len(self.seeds(data)), len(self.models(data)))


def _cell(value: object) -> object:
    return f"{value:.6g}" if isinstance(value, float) else value


def _read(path: Path) -> Iterable[Measurement]:
    with path.open(encoding="utf-8", newline="") as file:
        for number, line in enumerate(csv.DictReader(file), start=2):
            try:
                yield Measurement(
                    data=line["data"],
                    model=line["model"],
                    seed=int(line["seed"]),
                    rows=int(line["rows"]),
                    updates=int(line["updates"]),
                    metric=line["metric"],
                    fine_tuned=float(line["fine_tuned"]),
                    probe=float(line["probe"]),
                    validation=float(line["validation"]),
                    seconds=float(line["seconds"]),
                    error=line["error"],
                )
            except (KeyError, TypeError, ValueError) as error:
                raise DataCorrupted(
                    f"line {number} of {path.name} is no measurement ({error}); delete the line, and its cell is"
                    " measured again"
                ) from error
