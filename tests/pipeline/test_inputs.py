"""Rows of a dataset become decoded inputs with labels."""

from __future__ import annotations

import numpy as np

from automl_tl.data.load import load_dataset
from automl_tl.data.target import bind_target
from automl_tl.pipeline.inputs import labelled_inputs


def test_inputs_and_labels_keep_the_order_of_the_rows(image_folder):
    """Row 20 asked for first comes first, with its own label and pixels."""
    target = bind_target(load_dataset(image_folder))
    rows = np.array([20, 3])
    pair, single = labelled_inputs(target, rows), labelled_inputs(target, rows[:1])
    assert pair.labels.tolist() == target.labels[rows].tolist()
    assert pair.inputs[0].shape == (32, 32, 3)
    assert np.array_equal(pair.inputs[0], single.inputs[0])
    assert not np.array_equal(pair.inputs[0], pair.inputs[1])
