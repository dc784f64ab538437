"""What is remembered of a column."""

from automl_tl.data.dataset import Dataset
from automl_tl.pipeline.columns import summarise_columns


def dataset(**columns):
    size = len(next(iter(columns.values())))
    return Dataset("text", "", None, ("x",) * size, tuple(map(str, range(size))), columns)


def test_columns_are_summed_up():
    values = ("b", "a", "", "a", "c" * 100)
    (summary,) = summarise_columns(dataset(label=values))
    assert (summary.unique_count, summary.missing_count) == (3, 1)
    assert summary.example_values == ("a", "b", "c" * 64)


def test_at_most_eight_values_are_shown():
    (summary,) = summarise_columns(dataset(label=tuple(str(n) for n in range(20))))
    assert len(summary.example_values) == 8
