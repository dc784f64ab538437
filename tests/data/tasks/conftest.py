"""Texts with a target column."""

from collections.abc import Callable, Sequence

import pytest

from automl_tl.data.dataset import Dataset, TargetData
from automl_tl.data.target import bind_target


@pytest.fixture
def labelled_texts(tmp_path) -> Callable[..., TargetData]:
    """Return a function that binds texts to a column ``y`` with the given cells."""

    def bind(cells: Sequence[object], *, columns: dict[str, Sequence[str]] | None = None, **options) -> TargetData:
        given = {"y": tuple(map(str, cells)), **{name: tuple(each) for name, each in (columns or {}).items()}}
        inputs = tuple(f"text {number}" for number in range(len(cells)))
        row_ids = tuple(str(number + 1) for number in range(len(cells)))
        return bind_target(Dataset("text", "0" * 64, tmp_path, inputs, row_ids, given), target="y", **options)

    return bind
