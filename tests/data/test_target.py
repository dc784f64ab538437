"""Binding a dataset to what shall be predicted."""

import numpy as np
import pytest

from automl_tl.data.dataset import PARTS, Dataset
from automl_tl.data.limits import Limits
from automl_tl.data.load import load_dataset
from automl_tl.data.target import bind_target
from automl_tl.errors import DatasetError, LimitExceeded


def dataset_of(tmp_path, **columns):
    count = len(next(iter(columns.values())))
    inputs = tuple(f"text {number}" for number in range(count))
    row_ids = tuple(str(number) for number in range(1, count + 1))
    return Dataset(
        "text", "0" * 64, tmp_path, inputs, row_ids, {k: tuple(map(str, v)) for k, v in columns.items()}
    )


def test_a_loaded_table_is_bound_by_its_split_column(text_csv):
    """The column split is used without being asked for."""
    dataset = load_dataset(text_csv.parent)
    data = bind_target(dataset, sensitive=["speaker"])
    assert data.class_names == ("music", "sports", "weather")
    assert data.split.source == "column:split"
    for part in PARTS:
        assert {dataset.columns["split"][row] for row in data.split.part(part)} == {part}
    assert data.sensitive == {"speaker": dataset.columns["speaker"]}
    assert [data.class_names[label] for label in data.labels] == list(dataset.columns["label"])


def test_a_folder_per_class_is_drawn(image_folder):
    """No split column, so a stratified split."""
    data = bind_target(load_dataset(image_folder))
    assert data.split.source == "drawn"
    assert [len(data.split.part(part)) for part in PARTS] == [23, 6, 7]


def test_rows_without_a_label_belong_to_no_part(tmp_path):
    """Outer spaces are no part of a label."""
    data = bind_target(dataset_of(tmp_path, label=["a", " a ", "b", "", "  "] * 6))
    assert data.class_names == ("a", "b")
    assert int((data.labels < 0).sum()) == 12
    used = np.concatenate([data.split.part(part) for part in PARTS])
    assert (data.labels[used] >= 0).all()
    assert len(used) == 18


def test_a_split_column_of_folds_is_ignored_unless_it_is_named(tmp_path):
    """Cross-validation folds are no parts."""
    dataset = dataset_of(tmp_path, label=["a", "b"] * 10, split=["fold1", "fold2"] * 10)
    assert bind_target(dataset).split.source == "drawn"
    with pytest.raises(DatasetError, match="'fold1' names no part"):
        bind_target(dataset, split_column="split")


@pytest.mark.parametrize("name", ["Split", "SPLIT"])
def test_the_split_column_is_known_in_any_letter_case(tmp_path, name):
    """Spreadsheets like capitals, and a stated split must not be drawn anew."""
    dataset = dataset_of(tmp_path, label=["a", "b"] * 10, **{name: ["train"] * 12 + ["val"] * 4 + ["test"] * 4})
    split = bind_target(dataset).split
    assert split.source == f"column:{name}"
    assert split.test.tolist() == [16, 17, 18, 19]


def test_of_two_split_columns_the_one_that_names_parts_is_taken(tmp_path):
    """The other may hold folds."""
    parts = ["train"] * 12 + ["val"] * 4 + ["test"] * 4
    dataset = dataset_of(tmp_path, label=["a", "b"] * 10, split=["A", "B"] * 10, Split=parts)
    assert bind_target(dataset).split.source == "column:Split"


def test_groups_are_kept_together(tmp_path):
    """The name of the column is remembered."""
    groups = [f"g{number // 4}" for number in range(40)]
    data = bind_target(dataset_of(tmp_path, label=["a", "b"] * 20, patient=groups), group_by="patient")
    homes = [{groups[row] for row in data.split.part(part)} for part in PARTS]
    assert data.group_by == "patient"
    assert not homes[0] & homes[2]
    assert not homes[0] & homes[1]


@pytest.mark.parametrize(
    ("options", "message", "field"),
    [
        (
            {"target": "labels"},
            r"no column 'labels'; the dataset has label, sex; did you mean 'label'\?",
            "target",
        ),
        ({"sensitive": ["gender"]}, "sensitive: there is no column 'gender'", "sensitive"),
        ({"sensitive": ["label"]}, "is the target itself", "sensitive"),
        ({"group_by": "patient"}, "group_by: there is no column 'patient'", "group_by"),
        ({"split_column": "part"}, "there is no column 'part'", "split.column"),
        ({"split_column": "label"}, "is the target itself", "split.column"),
        (
            {"task": "ranking"},
            "'ranking' is not supported; supported: classification, multilabel, regression",
            "task",
        ),
        ({"test_fraction": 0.7}, "test_fraction must lie between", "test_fraction"),
    ],
)
def test_wrong_wishes_name_their_field(tmp_path, options, message, field):
    """And what there is instead."""
    dataset = dataset_of(tmp_path, label=["a", "b"] * 10, sex=["f", "m"] * 10)
    with pytest.raises(DatasetError, match=message) as caught:
        bind_target(dataset, **options)
    assert caught.value.field == field


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        (["a"] * 10, "one class, 'a'"),
        ([""] * 10, "no labels"),
        ([number / 7 for number in range(60)], "looks like a continuous number"),
        ([number * 3 for number in range(60)], "looks like a continuous number"),
        ([f"id{number}" for number in range(60)], "identifier or free text"),
    ],
)
def test_columns_that_are_no_classes_are_refused(tmp_path, cells, message):
    """The reason says what the column looks like."""
    with pytest.raises(DatasetError, match=message):
        bind_target(dataset_of(tmp_path, label=cells))


def test_numbered_classes_are_classes(tmp_path):
    """26 letters coded as numbers, 4 examples each."""
    assert bind_target(dataset_of(tmp_path, label=list(range(26)) * 4)).n_classes == 26


def test_the_number_of_classes_is_bounded(tmp_path):
    """The limit is named."""
    with pytest.raises(LimitExceeded, match="3 classes are more than max_classes = 2"):
        bind_target(dataset_of(tmp_path, label=["a", "b", "c"] * 5), limits=Limits(max_classes=2))
