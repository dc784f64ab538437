"""Weights that would run code when opened are refused, whatever they are called; nothing of them runs."""

import io
import json
import pickle
import struct
import zipfile

import pytest
import torch

from automl_tl.errors import AutomlError, ModelUnavailable
from automl_tl.finetune.fitted import load
from automl_tl.zoo.sources.local import LocalSource
from automl_tl.zoo.weights import find_weight_files, read_weights


class Payload:
    """Makes a file when it is unpickled."""

    def __init__(self, trace):
        self.trace = str(trace)

    def __reduce__(self):
        return (open, (self.trace, "w"))


@pytest.fixture
def trace(tmp_path):
    """A file that is there only if something was run."""
    return tmp_path / "something ran"


def pickled(trace):
    return pickle.dumps({"weight": Payload(trace)})


def torch_saved(trace):
    buffer = io.BytesIO()
    torch.save({"weight": Payload(trace)}, buffer)
    return buffer.getvalue()


def header(length, text=b"{}"):
    return struct.pack("<Q", length) + text


def lying(shape, offsets):
    text = json.dumps({"a": {"dtype": "F32", "shape": shape, "data_offsets": offsets}}).encode()
    return header(len(text), text) + bytes(8)


FILES = {
    "a pickle": pickled,
    "a torch file": torch_saved,
    "a header without an end": lambda trace: header(2**63),
    "a header of a gigabyte": lambda trace: header(2**30, b"{" * 1000),
    "a tensor of a terabyte": lambda trace: lying([2**20, 2**20], [0, 2**42]),
    "a tensor outside the file": lambda trace: lying([2], [10**9, 10**9 + 8]),
    "a tensor that ends before it begins": lambda trace: lying([2], [8, 0]),
    "deep JSON": lambda trace: header(200_000, b"[" * 200_000),
}


@pytest.mark.parametrize("name", FILES)
def test_what_is_not_safetensors_is_refused(tmp_path, trace, name):
    (tmp_path / "model.safetensors").write_bytes(FILES[name](trace))
    with pytest.raises(ModelUnavailable, match=r"model\.safetensors"):
        read_weights(tmp_path / "model.safetensors")
    assert not trace.exists()


@pytest.mark.parametrize("file", ["pytorch_model.bin", "model.pt", "model.pth", "model.ckpt", "model.pkl"])
def test_other_formats_are_not_even_opened(tmp_path, trace, file):
    (tmp_path / file).write_bytes(pickled(trace))
    with pytest.raises(ModelUnavailable, match="can run code"):
        find_weight_files(tmp_path)
    assert not trace.exists()


def test_code_beside_a_model_is_not_run(tmp_path, trace):
    """``auto_map`` asks transformers to import a file of the directory."""
    code = f"open({str(trace)!r}, 'w')\n"
    for name in ("configuration_evil", "modeling_evil", "tokenization_evil"):
        (tmp_path / f"{name}.py").write_text(code)
    auto = {"AutoConfig": "configuration_evil.Evil", "AutoModel": "modeling_evil.Evil"}
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "evil", "auto_map": auto}))
    (tmp_path / "tokenizer_config.json").write_text(
        json.dumps({"auto_map": {"AutoTokenizer": ["tokenization_evil.Evil", None]}})
    )
    (tmp_path / "vocab.txt").write_text("[PAD]\n[UNK]\n")
    (tmp_path / "pytorch_model.bin").write_bytes(pickled(trace))
    source = LocalSource()
    with pytest.raises(AutomlError):
        source.load(source.card(str(tmp_path)))
    assert not trace.exists()


@pytest.mark.parametrize(
    "entries",
    [
        {"model.json": b"{}", "model.safetensors": None},
        {"../model.json": b"{}"},
        {"/tmp/model.json": b"{}"},
        {"model.json": b"[" * 100_000},
        {"model.json": None},
    ],
)
def test_a_hostile_model_archive_is_refused(tmp_path, trace, entries):
    place = tmp_path / "place"
    place.mkdir()
    with zipfile.ZipFile(place / "model.zip", "w") as archive:
        for name, data in entries.items():
            archive.writestr(name, pickled(trace) if data is None else data)
    with pytest.raises(AutomlError):
        load(place / "model.zip")
    assert not trace.exists()
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["model.zip"]
