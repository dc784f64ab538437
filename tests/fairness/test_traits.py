"""Traits of files, pictures, texts and columns."""

from pathlib import Path

import numpy as np
import pytest

from automl_tl.data.dataset import Dataset
from automl_tl.fairness.traits import column_traits, file_sizes, input_traits


def test_pictures_tell_shape_and_background():
    """The border is the background, whatever is in the middle; one pixel is no problem."""
    image = np.zeros((20, 40, 3), dtype=np.uint8)
    image[..., 0] = 200
    image[5:15, 10:30] = 255
    traits = input_traits([image, np.full((1, 1, 3), 7, dtype=np.uint8)])
    assert traits["aspect ratio"].tolist() == [2.0, 1.0]
    assert traits["background warmth (red minus blue)"].tolist() == [200.0, 0.0]
    assert traits["background brightness"][0] == pytest.approx(200 / 3)
    assert traits["brightness"][0] > traits["background brightness"][0]


def test_texts_tell_length_and_script():
    """An empty text has shares of 0."""
    traits = input_traits(["Hi 42!", "", "naïve"])
    assert traits["text length"].tolist() == [6, 0, 5]
    assert traits["share of digits"][0] == pytest.approx(2 / 6)
    assert traits["share of letters beyond ASCII"].tolist() == pytest.approx([0, 0, 0.2])
    assert input_traits([]) == {}


def test_files_and_columns(tmp_path):
    """Bytes of files that are there; columns with few values, but not those that are left out."""
    (tmp_path / "a.png").write_bytes(b"12345")
    columns = {"label": ("x",), "source": ("s",), "split": ("test",)}
    dataset = Dataset("image", "0", tmp_path, ("a.png", "b.png"), ("a", "b"), {
        name: value * 2 if name != "source" else ("s", "t") for name, value in columns.items()
    })  # fmt: skip
    assert file_sizes(dataset, np.array([0]))["file size"].tolist() == [5]
    assert file_sizes(dataset, np.array([0, 1])) == {}
    assert list(column_traits(dataset, np.array([0, 1]), ["label"])) == ["column source"]
    texts = Dataset("text", "0", Path(), ("a", "b"), ("1", "2"), {})
    assert file_sizes(texts, np.array([0])) == {}
