"""Data sets on machines that do not see the driver's disk."""

from __future__ import annotations

import json
import pickle
import shutil
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from automl_tl.data.load import load_dataset
from automl_tl.data.modalities.base import modalities
from automl_tl.data.on_demand import ExamplesOnDemand
from automl_tl.data.shards.spool import SpooledInputs, spool
from automl_tl.data.sources.file import open_path
from automl_tl.errors import DataCorrupted, NotFound
from automl_tl.store.dataset_copies import DatasetCopies
from automl_tl.store.patience import Patience
from automl_tl.store.shared_files import SharedFiles
from automl_tl.testing.shards import coloured_images, write_parquet_shards


@pytest.fixture
def files(tmp_path):
    return SharedFiles((tmp_path / "store").as_uri())


@pytest.fixture
def copies(files):
    return DatasetCopies(files, Patience(seconds=0.0), part_bytes=4000)


def test_images_arrive_as_they_are(copies, files, image_folder, tmp_path):
    """In parts, in one directory that appears whole; a second call sends and fetches nothing."""
    dataset = load_dataset(image_folder)
    copies.publish(dataset)
    parts = json.loads(files.read(f"{dataset.digest}/copy.json"))["parts"]
    assert len(parts) > 1
    there = pickle.loads(pickle.dumps(copies)).bring(dataset, tmp_path / "node" / dataset.digest)
    assert there.root == tmp_path / "node" / dataset.digest
    for path in dataset.inputs:
        assert (there.root / path).read_bytes() == (dataset.root / path).read_bytes()
    assert [path.name for path in (tmp_path / "node").iterdir()] == [dataset.digest]
    files.remove_all(dataset.digest)
    assert copies.bring(dataset, there.root) == there


def test_a_large_file_is_no_part_of_anything(files, image_folder, tmp_path):
    dataset = load_dataset(image_folder)
    copies = DatasetCopies(files, part_bytes=1)
    copies.publish(dataset)
    described = json.loads(files.read(f"{dataset.digest}/copy.json"))
    assert (described["parts"], len(described["files"])) == ([], len(dataset))
    there = copies.bring(dataset, tmp_path / "node")
    assert (there.root / dataset.inputs[0]).read_bytes() == (dataset.root / dataset.inputs[0]).read_bytes()


def test_rows_of_shards_are_read_from_the_copy(copies, tmp_path):
    folder = tmp_path / "shards"
    folder.mkdir()
    for number in range(2):
        rows = {"text": [f"words {number} {row}" for row in range(6)], "label": ["a", "b"] * 3}
        pq.write_table(pa.table(rows), folder / f"part-{number}.parquet")
    dataset = replace(load_dataset(folder), on_demand=True)
    assert dataset.stored is not None
    copies.publish(dataset)
    expected = modalities.get("text").read(dataset, [0, 7])
    there = copies.bring(dataset, tmp_path / "node")
    for path in folder.iterdir():
        path.unlink()
    assert modalities.get("text").read(there, [0, 7]) == expected
    assert (list(there.inputs)[7], there.row_ids[7]) == (expected[1], dataset.row_ids[7])
    assert there.on_demand
    assert list(ExamplesOnDemand(there, np.array([7, 0]))) == expected[::-1]


@pytest.mark.parametrize("kept", [True, False])
def test_samples_of_a_streamed_data_set_are_copied_too(copies, files, tmp_path, kept):
    """They are quick to read on the node as well; a node that finds none reads the shards."""
    rows = coloured_images(12)
    write_parquet_shards(tmp_path / "shards", rows, shards=2)
    loaded = load_dataset(tmp_path / "shards")
    samples = spool(loaded.stored, np.array([7, 2]), tmp_path / "samples.bin")
    dataset = replace(loaded, stored=samples, on_demand=True)
    for _ in range(2):
        copies.publish(dataset)
    if not kept:
        files.remove(f"{dataset.digest}/{samples.digest}")
    there = copies.bring(pickle.loads(pickle.dumps(dataset)), tmp_path / "node")
    shutil.rmtree(tmp_path / "shards")
    (tmp_path / "samples.bin").unlink()
    assert there.stored.read([2, 7]) == [rows[2][0], rows[7][0]]
    assert there.stored.read([7, 11]) == [rows[7][0], rows[11][0]]
    assert isinstance(there.stored, SpooledInputs) == kept
    shutil.rmtree(tmp_path / "store")
    assert copies.bring(dataset, tmp_path / "node").stored.read([11]) == [rows[11][0]]


def test_texts_travel_with_the_data_set_itself(copies, text_csv, tmp_path):
    dataset = load_dataset(open_path(text_csv, tmp_path))
    copies.publish(dataset)
    assert copies.bring(dataset, tmp_path / "node") is dataset
    assert not (tmp_path / "store").exists()


def test_what_is_gone_or_damaged_never_appears(copies, files, image_folder, tmp_path):
    dataset = load_dataset(image_folder)
    with pytest.raises(NotFound):
        copies.bring(dataset, tmp_path / "node")
    copies.publish(dataset)
    place = f"{dataset.digest}/copy.json"
    described = json.loads(files.read(place))
    files.write(json.dumps({**described, "parts": described["parts"][:1]}).encode(), place)
    with pytest.raises(NotFound, match="lacks"):
        copies.bring(dataset, tmp_path / "node")
    files.write(json.dumps({**described, "parts": ["../../x"]}).encode(), place)
    with pytest.raises(DataCorrupted):
        copies.bring(dataset, tmp_path / "node")
    files.write(json.dumps(described).encode(), place)
    files.write(b"something else", f"{dataset.digest}/{described['parts'][0]}")
    with pytest.raises(DataCorrupted):
        copies.bring(dataset, tmp_path / "node")
    assert not (tmp_path / "node").exists()


def test_an_input_outside_the_data_set_is_refused(copies, image_folder, tmp_path):
    """Nothing else of the driver's disk is sent, and nothing else of the node's is written."""
    dataset = load_dataset(image_folder)
    for path in ("../secret.png", "/etc/hostname"):
        with pytest.raises(DataCorrupted, match="does not lie below"):
            copies.publish(replace(dataset, inputs=(path, *dataset.inputs[1:])))
    assert np.all([not path.name.startswith(".") for path in tmp_path.iterdir()])
