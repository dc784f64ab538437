"""Rows of a dataset become decoded inputs with labels."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from automl_tl.data.load import load_dataset
from automl_tl.data.target import bind_target
from automl_tl.pipeline.inputs import groups_of, labelled_inputs


def test_inputs_and_labels_keep_the_order_of_the_rows(image_folder):
    """Row 20 asked for first comes first, with its own label and pixels."""
    target = bind_target(load_dataset(image_folder))
    rows = np.array([20, 3])
    pair, single = labelled_inputs(target, rows), labelled_inputs(target, rows[:1])
    assert pair.labels.tolist() == target.labels[rows].tolist()
    assert pair.inputs[0].shape == (32, 32, 3)
    assert np.array_equal(pair.inputs[0], single.inputs[0])
    assert not np.array_equal(pair.inputs[0], pair.inputs[1])


def test_groups_have_one_number_in_all_parts(image_folder):
    """Whoever is in two parts is the same patient in both; without groups there are no numbers."""
    target = bind_target(load_dataset(image_folder))
    assert labelled_inputs(target, np.array([0])).groups is None
    names = tuple(f"p{row % 4}" for row in range(len(target.labels)))
    dataset = replace(target.dataset, columns={**target.dataset.columns, "patient": names})
    grouped = replace(target, dataset=dataset, group_by="patient")
    assert groups_of(grouped, np.array([5, 1, 2])).tolist() == [1, 1, 2]
    assert labelled_inputs(grouped, np.array([9])).groups.tolist() == [1]


def test_outer_spaces_are_no_part_of_a_group(image_folder):
    """The patients "p1" and "p1 " are one patient, as they are for the split and the intervals."""
    target = bind_target(load_dataset(image_folder))
    names = tuple(("p1", "p1 ", " p2", "p2")[row % 4] for row in range(len(target.labels)))
    dataset = replace(target.dataset, columns={**target.dataset.columns, "patient": names})
    grouped = replace(target, dataset=dataset, group_by="patient")
    assert groups_of(grouped, np.arange(4)).tolist() == [0, 0, 1, 1]


def test_copies_of_an_input_are_a_group_where_no_column_tells_any(image_folder):
    """Only where there are some; a column tells more than copies do."""
    target = bind_target(load_dataset(image_folder))
    n = len(target.labels)
    rows = np.array([2, 0, 5])
    assert groups_of(replace(target, copies=np.arange(n)), rows) is None
    assert groups_of(replace(target, copies=None), rows) is None
    twice = np.arange(n)
    twice[5] = 2
    first, second, third = groups_of(replace(target, copies=twice), rows)
    assert first == third != second
    names = tuple(f"p{row}" for row in range(n))
    dataset = replace(target.dataset, columns={**target.dataset.columns, "patient": names})
    first, _, third = groups_of(replace(target, copies=twice, dataset=dataset, group_by="patient"), rows)
    assert first != third
