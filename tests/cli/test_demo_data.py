"""The demo's data is what its notes say, the same every time, and unknown to the starter zoo."""

import csv
from collections import Counter

import numpy as np
import pytest
from PIL import Image

from automl_tl.cli.demo_data import DIGITS_NOTES, degrade, write_digits, write_docstrings
from automl_tl.names import digest_file
from automl_tl.zoo.starter.text_sources.documentation import TOPICS


def read(path):
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


@pytest.fixture(scope="module")
def digits(tmp_path_factory):
    return write_digits(tmp_path_factory.mktemp("digits"))


def test_digits_come_in_equal_parts(digits):
    rows = read(digits / "manifest.csv")
    assert Counter(row["split"] for row in rows) == {"train": 200, "test": 800}
    assert set(Counter((row["split"], row["label"]) for row in rows).values()) == {20, 80}
    assert set(Counter((row["split"], row["label"], row["scanner"]) for row in rows).values()) == {10, 40}
    assert len({row["image"] for row in rows}) == 1000


def test_every_digit_is_a_small_grey_picture(digits):
    for row in read(digits / "manifest.csv")[:20]:
        with Image.open(digits / row["image"]) as image:
            assert (image.size, image.mode) == ((8, 8), "L")


def test_scanner_b_has_less_contrast_and_the_notes_say_so(digits):
    spread = {"A": [], "B": []}
    for row in read(digits / "manifest.csv"):
        spread[row["scanner"]].append(np.asarray(Image.open(digits / row["image"]), dtype=float).std())
    assert np.mean(spread["B"]) < 0.75 * np.mean(spread["A"])
    assert "degraded on purpose" in DIGITS_NOTES


def test_the_same_seed_gives_the_same_digits(digits, tmp_path):
    again = write_digits(tmp_path / "again")
    for name in ("manifest.csv", read(digits / "manifest.csv")[3]["image"]):
        assert digest_file(again / name) == digest_file(digits / name)
    other = write_digits(tmp_path / "other", seed=1)
    assert digest_file(other / "manifest.csv") != digest_file(digits / "manifest.csv")


def test_degrading_stays_within_a_byte():
    rng = np.random.default_rng(0)
    for value in (0, 255):
        assert degrade(np.full((8, 8), value, np.uint8), rng).dtype == np.uint8


def test_docstrings_are_labelled_by_packages_that_the_zoo_kept_out(tmp_path):
    rows = read(write_docstrings(tmp_path / "texts.csv"))
    labels = Counter(row["label"] for row in rows)
    trained = {module for modules in TOPICS.values() for module in modules}
    assert len(labels) >= 5
    assert not set(labels) & trained
    assert all(20 <= number <= 70 for number in labels.values())
    assert {row["length"] for row in rows} == {"short", "long"}
    assert all((len(row["text"]) < 80) == (row["length"] == "short") for row in rows)
