"""When data is streamed, and which samples a job then works with."""

import numpy as np
import pytest

from automl_tl.data.load import load_dataset
from automl_tl.data.target import bind_target
from automl_tl.errors import InvalidInput
from automl_tl.pipeline.streaming import (
    ABOVE_VARIABLE,
    Streaming,
    is_streamed,
    narrowed,
    some_rows,
    sorted_by_class,
)
from automl_tl.testing.shards import coloured_images, write_parquet_shards, write_webdataset_shards


@pytest.fixture
def target(tmp_path):
    """Return 200 images of 4 classes in row groups."""
    write_parquet_shards(tmp_path / "data", coloured_images(200, size=16, classes=4), shards=4)
    return bind_target(load_dataset(tmp_path / "data"))


@pytest.mark.parametrize(("text", "size"), [("", 4 << 30), ("1000", 1000), ("2G", 2 << 30), ("3 MiB", 3 << 20)])
def test_an_operator_says_from_which_size_on(text, size):
    """In bytes, with a unit."""
    assert Streaming.from_environment({ABOVE_VARIABLE: text}).above_bytes == size
    assert Streaming.from_environment({}).above_bytes == 4 << 30


@pytest.mark.parametrize("text", ["much", "-1", "1.5G", "G"])
def test_what_is_no_size_is_refused(text):
    """By the name of the variable."""
    with pytest.raises(InvalidInput, match=ABOVE_VARIABLE):
        Streaming.from_environment({ABOVE_VARIABLE: text})


def test_decoded_bytes_or_rows_decide(target):
    """200 images of 16 pixels take 153,600 bytes."""
    assert not is_streamed(target.dataset, Streaming())
    assert is_streamed(target.dataset, Streaming(above_bytes=150_000))
    assert not is_streamed(target.dataset, Streaming(above_bytes=160_000))
    assert is_streamed(target.dataset, Streaming(above_rows=199))


def test_samples_hold_every_class_in_proportion(target):
    """The same ones for the same seed; all rows where they are few enough."""
    rows = target.split.train
    found = some_rows(rows, target, 40, seed=1)
    assert np.bincount(target.labels[found]).tolist() == [10] * 4
    assert np.array_equal(found, np.sort(found))
    assert np.isin(found, rows).all()
    assert np.array_equal(found, some_rows(rows, target, 40, seed=1))
    assert not np.array_equal(found, some_rows(rows, target, 40, seed=2))
    assert some_rows(rows, target, 1000, seed=1) is rows


def test_shards_that_are_sorted_are_noticed(tmp_path, monkeypatch):
    """Where windows hold few row groups; tar files may be in any order."""
    rows = coloured_images(2000, size=8, classes=4)
    monkeypatch.setattr("automl_tl.pipeline.streaming.WINDOW_BYTES", 1)
    for name, order in (("mixed", rows), ("sorted", sorted(rows, key=lambda row: row[1]))):
        write_parquet_shards(tmp_path / name, order, shards=8)
        target = bind_target(load_dataset(tmp_path / name))
        assert sorted_by_class(target, target.split.train) is (name == "sorted")
    write_webdataset_shards(tmp_path / "tar", sorted(rows[:100], key=lambda row: row[1]), shards=2)
    target = bind_target(load_dataset(tmp_path / "tar"))
    assert not sorted_by_class(target, target.split.train)


def test_a_narrowed_target_is_a_sample_of_every_part(target, tmp_path):
    """Rows of row groups are copied; those of tar files and the small parts themselves are not."""
    small = Streaming(train_rows=40, validation_rows=10, test_rows=1000)
    found = narrowed(target, small, tmp_path / "sample.bin", seed=0, check=lambda: None)
    assert found.dataset.on_demand
    assert [len(found.split.part(part)) for part in ("train", "validation")] == [40, 10]
    assert np.array_equal(found.split.test, target.split.test)
    assert found.split.source == target.split.source
    assert (tmp_path / "sample.bin").stat().st_size > 0
    row = int(found.split.train[0])
    assert found.dataset.stored.read([row]) == target.dataset.stored.read([row])
    write_webdataset_shards(tmp_path / "tar", coloured_images(200, size=16), shards=2)
    tar = bind_target(load_dataset(tmp_path / "tar"))
    narrowed(tar, small, tmp_path / "none.bin", seed=0, check=lambda: None)
    assert not (tmp_path / "none.bin").exists()
