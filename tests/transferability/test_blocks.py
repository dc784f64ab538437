"""Blocks are the features, cast and scaled."""

import numpy as np

from automl_tl.transferability.blocks import float64_blocks


def test_blocks_cover_all_rows_in_order(monkeypatch):
    """With a last block that is smaller."""
    monkeypatch.setattr("automl_tl.transferability.blocks._NUMBERS", 256 * 3)
    features = np.random.default_rng(0).normal(size=(600, 3)).astype(np.float32)
    found = [(rows.start, rows.stop, block.copy()) for rows, block in float64_blocks(features, 0.5)]
    assert [(start, stop) for start, stop, _ in found] == [(0, 256), (256, 512), (512, 600)]
    joined = np.concatenate([block for _, _, block in found])
    assert joined.dtype == np.float64
    assert np.array_equal(joined, features.astype(float) / 2)


def test_writing_into_a_block_leaves_the_features_alone():
    """The buffer is a copy, also of float64 features."""
    features = np.ones((4, 2))
    for _, block in float64_blocks(features):
        block += 1
    assert (features == 1).all()
