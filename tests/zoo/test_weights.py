"""Weight files: safetensors only, float32 in memory, and a reason for whatever is wrong."""

import json

import pytest
import torch

from automl_tl.errors import ModelUnavailable
from automl_tl.names import digest_file
from automl_tl.zoo.weights import find_weight_files, read_weights, write_weights

TENSORS = {"a": torch.tensor([[0.5, -2.0]]), "steps": torch.tensor([7])}


def test_half_precision_becomes_single(tmp_path):
    """Integers stay integers."""
    path = tmp_path / "w.safetensors"
    digest = write_weights(TENSORS, path, half=True)
    found = read_weights(path)
    assert found.tensors["a"].dtype == torch.float32
    assert found.tensors["a"].tolist() == [[0.5, -2.0]]
    assert found.tensors["steps"].dtype == torch.int64
    assert found.digest == digest == digest_file(path)


def test_tensors_of_any_layout_can_be_written(tmp_path):
    """Channels-last and transposed ones too."""
    path = tmp_path / "w.safetensors"
    write_weights({"a": torch.arange(6.0).reshape(2, 3).T}, path)
    assert read_weights(path).tensors["a"].tolist() == [[0, 3], [1, 4], [2, 5]]


@pytest.mark.parametrize("damage", ["cut", "pickle", "empty"])
def test_damaged_files_are_named(tmp_path, damage):
    """A pickle is not opened, whatever its name."""
    path = tmp_path / "w.safetensors"
    write_weights(TENSORS, path)
    if damage == "pickle":
        torch.save(TENSORS, path)
    else:
        path.write_bytes(path.read_bytes()[:-3] if damage == "cut" else b"")
    with pytest.raises(ModelUnavailable, match=r"w\.safetensors"):
        read_weights(path)


def test_a_missing_file_is_named(tmp_path):
    """With the reason."""
    with pytest.raises(ModelUnavailable, match=r"gone\.safetensors is missing"):
        read_weights(tmp_path / "gone.safetensors")


def test_nan_names_the_tensor(tmp_path):
    """Such weights embed everything as NaN."""
    path = tmp_path / "w.safetensors"
    write_weights({"good": torch.ones(1), "bad": torch.tensor([float("nan")])}, path)
    with pytest.raises(ModelUnavailable, match="'bad' holds NaN") as caught:
        read_weights(path)
    assert caught.value.field == "bad"


def test_another_digest_than_stated_is_refused(tmp_path):
    """The file is not the one that was described."""
    path = tmp_path / "w.safetensors"
    digest = write_weights(TENSORS, path)
    assert read_weights(path, expected_digest=digest.upper()).digest == digest
    with pytest.raises(ModelUnavailable, match="SHA-256"):
        read_weights(path, expected_digest="0" * 64)


def test_shards_are_read_together(tmp_path):
    """The digest covers all of them."""
    write_weights({"a": torch.ones(1)}, tmp_path / "model-1.safetensors")
    write_weights({"b": torch.ones(2)}, tmp_path / "model-2.safetensors")
    index = {"weight_map": {"a": "model-1.safetensors", "b": "model-2.safetensors"}}
    (tmp_path / "model.safetensors.index.json").write_text(json.dumps(index))
    files = find_weight_files(tmp_path)
    assert set(read_weights(files).tensors) == {"a", "b"}
    assert read_weights(files).digest not in {digest_file(file) for file in files}


@pytest.mark.parametrize(
    ("index", "reason"),
    [
        ("oops", "damaged"),
        ("[]", "damaged"),
        ('{"weight_map": {"a": "../model.safetensors"}}', "not a safetensors file beside it"),
        ('{"weight_map": {"a": "model.bin"}}', "not a safetensors file beside it"),
    ],
)
def test_an_index_cannot_name_other_files(tmp_path, index, reason):
    """Neither outside the folder nor of another format."""
    (tmp_path / "model.safetensors.index.json").write_text(index)
    with pytest.raises(ModelUnavailable, match=reason):
        find_weight_files(tmp_path)


def test_other_formats_are_refused(tmp_path):
    """A pickled checkpoint is not even looked at."""
    torch.save(TENSORS, tmp_path / "pytorch_model.bin")
    with pytest.raises(ModelUnavailable, match="refused"):
        find_weight_files(tmp_path)
