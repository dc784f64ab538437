"""What is in a dataset."""

import csv
import shutil
from dataclasses import replace

import pytest

from automl_tl.data.load import load_dataset
from automl_tl.data.profile import profile
from automl_tl.data.target import bind_target


@pytest.fixture
def leaky(image_folder):
    """Return class folders with a manifest: one training image is copied into the test part."""
    rows = []
    for path in sorted(image_folder.rglob("*.png")):
        number = int(path.stem)
        split = "test" if number < 3 else "validation" if number < 5 else "train"
        scanner = ("new", "old", "")[number % 3]
        rows.append((path.relative_to(image_folder).as_posix(), path.parent.name, split, scanner))
    shutil.copy(image_folder / "cross" / "011.png", image_folder / "cross" / "000.png")
    (image_folder / "circle" / "007.png").write_bytes(b"broken")
    with (image_folder / "manifest.csv").open("w", newline="") as handle:
        csv.writer(handle).writerows([("image", "label", "split", "scanner"), *rows])
    return bind_target(load_dataset(image_folder), sensitive=["scanner"])


def test_counts_are_those_of_the_files(leaky):
    """Every part, class and group is counted."""
    found = profile(leaky)
    assert (found.rows, found.labelled, found.unlabelled, found.unreadable) == (35, 35, 0, 1)
    assert found.part_counts == {"train": 20, "validation": 6, "test": 9}
    assert found.class_counts["train"] == {"circle": 6, "cross": 7, "square": 7}
    assert found.imbalance_ratio == pytest.approx(12 / 11)
    assert found.group_counts["scanner"]["old"] == {"train": 5, "validation": 3, "test": 3}
    assert found.group_counts["scanner"][""]["test"] == 3
    scanner = next(column for column in found.columns if column.name == "scanner")
    assert (scanner.missing, scanner.distinct) == (12, 2)
    assert found.split_source == "column:split"


def test_sizes_are_quantiles(leaky):
    """All drawings have 32 x 32 pixels."""
    sizes = profile(leaky).sizes
    assert set(sizes) == {"width", "height"}
    assert set(sizes["width"].values()) == {32.0}


def test_the_leak_is_found_and_comes_first_among_the_warnings(leaky):
    """The copy in the test part is named by its row."""
    found = profile(leaky)
    (group,) = found.crossing_duplicates
    assert group.row_ids == ("cross/000.png", "cross/011.png")
    assert found.leaked_test_rows == (leaky.dataset.row_ids.index("cross/000.png"),)
    assert found.warnings[0].startswith(
        "1 test row (11.1%) has an exact copy among the training or validation rows"
    )


def test_a_clean_set_has_no_warning_but_its_size(text_csv):
    """36 sentences are few, and nothing else is wrong with them."""
    found = profile(bind_target(load_dataset(text_csv.parent)))
    assert found.duplicates == ()
    assert len(found.warnings) == 1
    assert "only 6 rows" in found.warnings[0]


def test_a_split_column_that_names_no_part_is_told(tmp_path):
    """A drawn split must not look like the stated one."""
    lines = [f"note {number} of a long day,{'ab'[number % 2]},{'AB'[number % 2]}" for number in range(40)]
    (tmp_path / "t.csv").write_text("\n".join(["text,label,split", *lines]))
    warnings = profile(bind_target(load_dataset(tmp_path))).warnings
    assert any("'split' was not used" in warning for warning in warnings)


def test_a_sensitive_column_of_many_values_is_pooled(tmp_path):
    """Sixty names must not stand one by one in a profile that anybody reads; nobody is lost from the counts."""
    lines = [
        f"note {number} of a long day,{'ab'[number % 2]},person {number % 60},{number}" for number in range(120)
    ]
    (tmp_path / "t.csv").write_text("\n".join(["text,label,who,age", *lines, "a note,a,,"]))
    found = profile(bind_target(load_dataset(tmp_path), sensitive=["who", "age"]))
    for column, groups in (("who", 21), ("age", 4)):
        counts = found.group_counts[column]
        assert len(counts) == groups + 1
        assert sum(counts[""].values()) == 1
        assert sum(sum(parts.values()) for parts in counts.values()) == 121
    assert "other (40 rare values pooled)" in found.group_counts["who"]
    assert sum("person" in warning for warning in found.warnings) == 0
    assert any("'who' is a column of 60 different values" in warning for warning in found.warnings)


def test_few_groups_in_the_test_part_are_told(tmp_path):
    """Forty rows of two patients are two cases."""
    lines = [f"note {number} of a long day,{'ab'[number % 2]},p{number // 20}" for number in range(200)]
    (tmp_path / "t.csv").write_text("\n".join(["text,label,patient", *lines]))
    dataset = load_dataset(tmp_path)
    found = profile(bind_target(dataset, group_by="patient"))
    assert sum(found.split_groups.values()) == 10
    assert any("only 2 groups of 'patient'" in warning for warning in found.warnings)
    assert profile(bind_target(dataset)).split_groups == {}


def test_groups_of_few_rows_are_counted_without_their_name(leaky):
    """In the counts and in the warnings, where the names of cells may not be shown."""
    cells = ["new"] * len(leaky.labels)
    for row in leaky.split.test[:2].tolist():
        cells[row] = "Jane Roe's"
    data = replace(leaky, sensitive={"scanner": tuple(cells)})
    for veiled in (False, True):
        found = profile(data, veiled=veiled)
        name = "a value with few rows (1)" if veiled else "Jane Roe's"
        assert found.group_counts["scanner"][name] == {"train": 0, "validation": 0, "test": 2}
        assert any(name in warning for warning in found.warnings)
        assert ("Jane Roe" in str(found)) is not veiled
