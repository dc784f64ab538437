"""What folder names say."""

import pytest

from automl_tl.data.class_folders import read_folders
from automl_tl.errors import DatasetError


def test_the_first_folder_is_the_class():
    """Deeper folders and their names make no difference."""
    found = read_folders(["cat/1.png", "dog/outdoors/2.png", "3.png"])
    assert found.files == ("cat/1.png", "dog/outdoors/2.png")
    assert found.columns == {"label": ("cat", "dog")}
    assert found.unplaced == ("3.png",)


def test_part_folders_become_the_split():
    """Their words are made one."""
    found = read_folders(["Train/cat/1.png", "valid/cat/2.png", "testing/dog/3.png", "train/4.png"])
    assert found.columns == {"label": ("cat", "cat", "dog"), "split": ("train", "validation", "test")}
    assert found.unplaced == ("train/4.png",)


def test_a_class_may_be_called_train():
    """Among vehicles, a folder of pictures called train is a class."""
    found = read_folders(["car/1.png", "train/2.png"])
    assert found.columns == {"label": ("car", "train")}


def test_part_folders_beside_class_folders_are_refused():
    """Whether the extra folder is a class or a part cannot be known."""
    with pytest.raises(DatasetError, match=r"train are parts .* extra lie beside"):
        read_folders(["train/cat/1.png", "extra/2.png"])
