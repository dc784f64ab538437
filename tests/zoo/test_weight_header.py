"""What a weight file says about itself, without torch."""

import pytest
import torch

from automl_tl.errors import ModelUnavailable
from automl_tl.zoo.weight_header import count_parameters, read_header
from automl_tl.zoo.weights import write_weights


@pytest.fixture
def weights(tmp_path):
    path = tmp_path / "w.safetensors"
    write_weights({"a": torch.zeros(2, 3), "steps": torch.tensor([1, 2])}, path)
    return path


def test_tells_names_and_shapes(weights):
    """Metadata is no tensor."""
    assert {name: entry["shape"] for name, entry in read_header(weights).items()} == {"a": [2, 3], "steps": [2]}


def test_counts_floating_point_values_only(weights):
    """A batch counter is no parameter."""
    assert count_parameters(weights) == 6


@pytest.mark.parametrize("content", [b"", b"12345678", b"\xff" * 40, (2**40).to_bytes(8, "little") + b"{}"])
def test_damaged_files_are_refused(tmp_path, content):
    """Also a header length that would ask for a terabyte."""
    path = tmp_path / "w.safetensors"
    path.write_bytes(content)
    with pytest.raises(ModelUnavailable, match=r"w\.safetensors"):
        read_header(path)


def test_a_header_that_is_no_json_is_refused(tmp_path):
    """The length fits, the text does not."""
    path = tmp_path / "w.safetensors"
    path.write_bytes((4).to_bytes(8, "little") + b"oops")
    with pytest.raises(ModelUnavailable, match="header is damaged"):
        read_header(path)


def test_a_missing_file_is_named(tmp_path):
    """Not a traceback."""
    with pytest.raises(ModelUnavailable, match=r"gone\.safetensors"):
        read_header(tmp_path / "gone.safetensors")
