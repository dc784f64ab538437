"""Made-up shards."""

import numpy as np

from automl_tl.data.load import load_dataset
from automl_tl.testing.shards import coloured_images, write_parquet_shards, write_webdataset_shards


def test_images_are_balanced_and_the_same_each_time():
    """Labels take turns; far more images than differ cost no more to make."""
    assert [label for _, label in coloured_images(4)] == ["class 0", "class 1", "class 2", "class 0"]
    assert coloured_images(600) == coloured_images(600)
    assert len({value for value, _ in coloured_images(1200)}) == 500


def test_all_rows_are_written(tmp_path):
    """Into as many files as asked for."""
    rows = coloured_images(10)
    for write in (write_parquet_shards, write_webdataset_shards):
        write(tmp_path / write.__name__, rows, shards=4)
        where = load_dataset(tmp_path / write.__name__).stored.addresses
        assert np.bincount(where.shard).tolist() == [3, 3, 2, 2]
