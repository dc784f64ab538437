"""Binding a dataset to what shall be predicted."""

from dataclasses import replace

import numpy as np
import pytest

from automl_tl.data.dataset import PARTS, Dataset
from automl_tl.data.duplicates import find_duplicates
from automl_tl.data.limits import Limits
from automl_tl.data.load import load_dataset
from automl_tl.data.profile import profile
from automl_tl.data.target import bind_target
from automl_tl.data.units import rows_of_units
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


def texts(tmp_path, inputs, **columns):
    """Return a dataset of these texts."""
    return replace(dataset_of(tmp_path, **columns), inputs=tuple(inputs))


def crossing(data):
    return [group for group in find_duplicates(data) if group.crosses_parts]


def test_copies_are_drawn_into_one_part(tmp_path):
    """300 texts, each twice: whatever is tested was never learnt from, and shares are those of the plan."""
    inputs = [f"text {number}" for number in range(300)] * 2
    data = bind_target(texts(tmp_path, inputs, label=["a", "b", "c"] * 200))
    assert len(find_duplicates(data)) == 300
    assert crossing(data) == []
    sizes = [np.bincount(data.labels[data.split.part(part)]).tolist() for part in PARTS]
    assert [sum(size) for size in sizes] == pytest.approx([384, 96, 120], abs=6)
    assert all(max(size) - min(size) <= 2 for size in sizes)


def test_a_streamed_data_set_is_drawn_by_row(tmp_path):
    """Reading all of it would take hours; the profile tells of the copies that it finds."""
    dataset = texts(tmp_path, ["one", "two", "three"] * 20, label=["a", "b"] * 30)
    data = bind_target(dataset, join_copies=False)
    assert data.copies is None
    assert len(crossing(data)) == 3


def test_copies_in_a_part_that_is_drawn_beside_stated_ones_are_kept_together(tmp_path):
    """The stated test part stays as it is, copies or not."""
    inputs = [f"text {number}" for number in range(40)] * 2 + ["text 0"] * 4
    dataset = texts(tmp_path, inputs, label=["a", "b"] * 42, split=["train"] * 80 + ["test"] * 4)
    data = bind_target(dataset)
    assert data.split.test.tolist() == [80, 81, 82, 83]
    assert len(data.split.validation) == pytest.approx(16, abs=2)
    assert [group.rows[0] for group in crossing(data)] == [0]
    homes = [{inputs[row] for row in data.split.part(part)} - {"text 0"} for part in ("train", "validation")]
    assert not homes[0] & homes[1]


def test_a_stated_split_reads_no_inputs(tmp_path, monkeypatch):
    """There is nothing to draw."""
    monkeypatch.setattr("automl_tl.data.target.content_numbers", None)
    parts = ["train"] * 12 + ["val"] * 4 + ["test"] * 4
    assert bind_target(dataset_of(tmp_path, label=["a", "b"] * 10, split=parts)).copies is None


def test_outer_spaces_are_no_part_of_a_group(tmp_path):
    """Spreadsheets leave them behind, and one patient would be two."""
    groups = [f"g{number // 4}" + " " * (number % 2) for number in range(40)]
    data = bind_target(dataset_of(tmp_path, label=["a", "a", "b", "b"] * 10, patient=groups), group_by="patient")
    homes = [{groups[row].strip() for row in data.split.part(part)} for part in PARTS]
    assert sum(map(len, homes)) == len(set().union(*homes)) == 10
    assert data.groups == tuple(group.strip() for group in groups)
    assert profile(data).split_groups == {part: len(home) for part, home in zip(PARTS, homes, strict=True)}
    assert len(rows_of_units(data, np.arange(40), seed=0)) == 10


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
