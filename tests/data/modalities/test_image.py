"""The image modality."""

import numpy as np
import pytest
from PIL import Image

from automl_tl.data.dataset import Dataset
from automl_tl.data.limits import Limits
from automl_tl.data.modalities.image import ImageModality
from automl_tl.errors import DatasetError
from automl_tl.testing.modality import ModalityContract


class TestImageContract(ModalityContract):
    """Images keep the contract of every modality."""

    modality_name = "image"

    def write_inputs(self, root):
        pixels = np.random.default_rng(0).integers(0, 256, (8, 9, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(root / "a.png")
        Image.fromarray(pixels).save(root / "b.bmp")
        Image.fromarray(255 - pixels).save(root / "c.png")
        return ("a.png", "b.bmp", "c.png")

    def unusable_input(self, root):
        (root / "bad.png").write_bytes(b"no image")
        return "bad.png"


def columns(**values):
    return {name: tuple(cells) for name, cells in values.items()}


def test_a_column_named_path_must_hold_images(tmp_path):
    """A text table may well have a column called file."""
    find = ImageModality().find_column
    assert find(columns(file=["a.txt", "b.txt"], text=["x", "y"]), tmp_path) is None
    assert find(columns(file=["a.png", "b.JPG"]), tmp_path).name == "file"


def test_a_column_of_another_name_is_found_by_its_content(tmp_path):
    """How it was found is told."""
    found = ImageModality().find_column(columns(id=["1", "2"], scan=["a.png", ""]), tmp_path)
    assert found.name == "scan"
    assert "'scan'" in found.remark


def test_files_that_are_there_make_it_more_certain(tmp_path):
    """Links to the web beside texts are no reason to look for files."""
    find = ImageModality().find_column
    absent = find(columns(image=["a.png"]), tmp_path)
    (tmp_path / "a.png").write_bytes(b"x")
    present = find(columns(image=["a.png"]), tmp_path)
    assert absent.certainty < 0.8 < present.certainty


@pytest.mark.parametrize(("value", "reason"), [("", "the path is empty"), ("x.png", "there is no such file")])
def test_missing_files_get_a_reason(tmp_path, value, reason):
    """A row without its file is left out by the loader."""
    assert ImageModality().check(tmp_path, value, Limits()) == reason


def test_a_file_that_became_unreadable_names_its_row(tmp_path):
    """Files may change after loading."""
    (tmp_path / "a.png").write_bytes(b"x")
    dataset = Dataset("image", "0" * 64, tmp_path, ("a.png",), ("row 7",), {})
    for call in (ImageModality().sizes, ImageModality().content_key):
        with pytest.raises(DatasetError, match="row 7"):
            call(dataset, 0)


def test_shape_is_part_of_the_content(tmp_path):
    """Two plain images of the same bytes but other shapes are different."""
    Image.new("RGB", (2, 6)).save(tmp_path / "a.png")
    Image.new("RGB", (3, 4)).save(tmp_path / "b.png")
    dataset = Dataset("image", "0" * 64, tmp_path, ("a.png", "b.png"), ("1", "2"), {})
    assert ImageModality().content_key(dataset, 0) != ImageModality().content_key(dataset, 1)
