"""Inputs that are decoded when they are asked for."""

import pickle

import numpy as np
import pytest

from automl_tl.data.load import load_dataset
from automl_tl.data.on_demand import ExamplesOnDemand, joined, picked, taken
from automl_tl.testing.shards import coloured_images, write_parquet_shards


@pytest.fixture
def dataset(tmp_path):
    """Return 12 images in shards."""
    write_parquet_shards(tmp_path, coloured_images(12), shards=2)
    return load_dataset(tmp_path)


def test_it_is_a_sequence_of_decoded_inputs(dataset):
    """By place, by slice, from the end, one after another."""
    rows = np.array([7, 0, 11])
    examples = ExamplesOnDemand(dataset, rows)
    everything = list(ExamplesOnDemand(dataset, np.arange(12)))
    assert len(examples) == 3
    assert np.array_equal(examples[-1], everything[11])
    assert [np.array_equal(a, everything[row]) for a, row in zip(examples, rows, strict=True)] == [True] * 3
    assert len(examples[1:]) == 2
    with pytest.raises(IndexError):
        examples[3]


def test_parts_and_sums_stay_on_demand(dataset):
    """Decoded inputs stay decoded."""
    examples = ExamplesOnDemand(dataset, np.arange(12))
    part = picked(examples, np.array([3, 1]))
    both = joined(part, picked(examples, np.array([5])))
    assert isinstance(both, ExamplesOnDemand)
    assert both.rows.tolist() == [3, 1, 5]
    assert len(taken(both, np.array([2, 0]))) == 2
    assert picked(("a", "b", "c"), np.array([2, 0])) == ("c", "a")
    assert joined(("a",), ("b",)) == ("a", "b")
    assert taken(("a", "b"), np.array([1])) == ["b"]


def test_it_travels_without_what_only_the_driver_needs(dataset):
    """Columns stay behind; inputs are the same on the other side."""
    examples = ExamplesOnDemand(dataset, np.arange(12))
    there = pickle.loads(pickle.dumps(examples))
    assert not there.dataset.columns
    assert np.array_equal(there[4], examples[4])


def test_blocks_are_those_of_its_rows(dataset):
    """None where each row is read by itself."""
    assert ExamplesOnDemand(dataset, np.array([0, 11])).blocks.tolist() == [0, 1]
    assert len(ExamplesOnDemand(dataset, np.array([0])).block_bytes) == 2
