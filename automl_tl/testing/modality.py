"""What every modality plug-in must do; subclass it in a test file and say how its inputs are written."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path

import numpy as np

from automl_tl.data.dataset import Dataset
from automl_tl.data.limits import Limits
from automl_tl.data.modalities.base import Modality, modalities

__all__ = ["ModalityContract"]


class ModalityContract(ABC):
    """Tests that run once per subclass; pytest collects the methods."""

    modality_name: str

    @abstractmethod
    def write_inputs(self, root: Path) -> tuple[str, ...]:
        """Write at least three usable inputs under ``root``; the first two have the same content, the third not.

        Returns what ``Dataset.inputs`` holds for them.
        """

    @abstractmethod
    def unusable_input(self, root: Path) -> str:
        """Return (and write, if it is a file) an input that must be refused."""

    def modality(self) -> Modality:
        """Return the registered plug-in."""
        return modalities.get(self.modality_name)

    def dataset(self, root: Path) -> Dataset:
        """Return a dataset of the inputs that the subclass writes."""
        inputs = self.write_inputs(root)
        row_ids = tuple(str(number) for number in range(1, len(inputs) + 1))
        return Dataset(self.modality_name, "0" * 64, root, inputs, row_ids, {"label": ("a",) * len(inputs)})

    def test_is_registered_under_its_own_name(self) -> None:
        """The registry finds the plug-in by the name it gives itself."""
        assert self.modality().name == self.modality_name
        assert self.modality().input_columns

    def test_usable_inputs_pass_the_check(self, tmp_path: Path) -> None:
        """A usable input has no complaint."""
        dataset = self.dataset(tmp_path)
        assert [self.modality().check(tmp_path, value, Limits()) for value in dataset.inputs] == [""] * len(
            dataset
        )

    def test_an_unusable_input_gets_a_reason(self, tmp_path: Path) -> None:
        """A bad input is told in words and not raised: the other rows go on."""
        assert self.modality().check(tmp_path, self.unusable_input(tmp_path), Limits())

    def test_reads_rows_in_the_order_asked_for(self, tmp_path: Path) -> None:
        """Order and repetition of the indices are kept."""
        dataset = self.dataset(tmp_path)
        forward, backward = self.modality().read(dataset, [0, 2]), self.modality().read(dataset, [2, 0, 2])
        assert len(backward) == 3
        for got, expected in zip(backward, (forward[1], forward[0], forward[1]), strict=True):
            assert np.array_equal(got, expected)

    def test_reads_numpy_integers_and_nothing(self, tmp_path: Path) -> None:
        """Indices come from numpy arrays, which may be empty."""
        dataset = self.dataset(tmp_path)
        assert len(self.modality().read(dataset, np.array([1], dtype=np.int64))) == 1  # type: ignore[arg-type]
        assert self.modality().read(dataset, []) == []

    def test_equal_content_has_one_key(self, tmp_path: Path) -> None:
        """The first two inputs share their key, the third has another."""
        dataset = self.dataset(tmp_path)
        keys = [self.modality().content_key(dataset, index) for index in range(3)]
        assert keys[0] == keys[1] != keys[2]

    def test_sizes_are_positive_and_alike_named(self, tmp_path: Path) -> None:
        """Every input is measured in the same quantities."""
        dataset = self.dataset(tmp_path)
        sizes = [self.modality().sizes(dataset, index) for index in range(3)]
        assert {tuple(size) for size in sizes} == {tuple(sizes[0])}
        assert all(value > 0 for size in sizes for value in size.values())

    def test_finds_its_column_by_name(self, tmp_path: Path) -> None:
        """The preferred column name is recognised, whatever its letter case."""
        dataset = self.dataset(tmp_path)
        column = self.modality().input_columns[0].upper()
        found = self.modality().find_column({"id": dataset.row_ids, column: dataset.inputs}, tmp_path)
        assert found is not None
        assert found.name == column
        assert 0 < found.certainty <= 1
