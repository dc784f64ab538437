"""What is kept of the rows of shards."""

import numpy as np

from automl_tl.data.shards.base import ScannedRows
from automl_tl.data.shards.collect import CellCollector, RowCollector


def test_columns_that_come_late_or_go_early():
    """Cells are "" where nobody said anything."""
    cells = CellCollector()
    cells.take({"a": ["1", "2"]}, 2)
    cells.take({"b": ["x"]}, 1)
    columns = dict(cells.columns(np.array([True, False, True])))
    assert columns == {"a": ("1", ""), "b": ("", "x")}


def test_columns_of_ids_are_set_aside_and_numbers_are_not():
    """A column of too many different words is no use and costs most of the memory."""
    cells = CellCollector(most_values=3)
    cells.take({"id": list("abcde"), "price": ["1.5", "2", "3", "4", "5"]}, 5)
    cells.take({"id": ["f"], "price": ["6"]}, 1)
    assert dict(cells.columns(np.ones(6, dtype=bool))) == {"price": ("1.5", "2", "3", "4", "5", "6")}
    assert cells.set_aside == {"id": "was left out: it has more than 3 different values"}


def test_blocks_of_several_shards_are_numbered_through():
    """Two parts of one row group are one block, the first of the next shard is another."""
    rows = RowCollector()

    def scanned(block):
        return ScannedRows(["k"] * 2, [b"x"] * 2, {}, [0, 1], [1, 1], block, 10 + block)

    rows.take(0, 1, scanned(0), [True, False])
    rows.take(0, 3, scanned(0), [True, True])
    rows.take(0, 5, scanned(1), [True, True])
    rows.take(1, 1, scanned(0), [True, True])
    where = rows.addresses(["a", "b"], ["parquet", "parquet"])
    assert where.block.tolist() == [0, 0, 0, 1, 1, 2, 2]
    assert where.block_place.tolist() == [0, 1, 0]
    assert where.block_bytes.tolist() == [10, 11, 10]
    assert where.number.tolist() == [1, 3, 4, 5, 6, 1, 2]
