"""Folders of shards as data sets: counted and checked in one pass, read when asked for."""

import io
import json
import tarfile

import numpy as np
import pyarrow
import pytest
from PIL import Image
from pyarrow import parquet

from automl_tl.data.digest import content_digest
from automl_tl.data.limits import Limits
from automl_tl.data.load import load_dataset
from automl_tl.data.modalities.base import modalities
from automl_tl.data.shards.load import find_shards
from automl_tl.data.target import bind_target
from automl_tl.errors import DatasetError, LimitExceeded
from automl_tl.testing.shards import coloured_images, write_parquet_shards, write_webdataset_shards

ROWS = coloured_images(30)
WRITERS = pytest.mark.parametrize("write", [write_parquet_shards, write_webdataset_shards])


def table(path, **columns):
    """Write a Parquet file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    parquet.write_table(pyarrow.table(columns), path)


def tar(path, files):
    """Write a tar file of names and contents."""
    with tarfile.open(path, "w") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))


@WRITERS
def test_a_folder_of_shards_is_a_data_set(tmp_path, write):
    """Rows in order with their labels; pixels are those of the files; ids name shard and row."""
    write(tmp_path, ROWS, shards=4)
    dataset = load_dataset(tmp_path)
    assert (dataset.modality, len(dataset), dataset.issues) == ("image", 30, ())
    assert dataset.columns["label"] == tuple(label for _, label in ROWS)
    assert len(set(dataset.row_ids)) == 30
    assert dataset.row_ids[8].endswith((".parquet:1", ".tar:1"))
    order = [29, 0, 17, 0]
    for row, pixels in zip(order, modalities.get("image").read(dataset, order), strict=True):
        assert np.array_equal(pixels, np.asarray(Image.open(io.BytesIO(ROWS[row][0]))))


@WRITERS
def test_the_digest_is_that_of_the_files(tmp_path, write):
    """As for every other data set, whatever else lies in the folder."""
    write(tmp_path, ROWS, shards=2)
    (tmp_path / "README.md").write_text("about")
    files = sorted(path.name for path in tmp_path.iterdir())
    assert load_dataset(tmp_path).digest == content_digest(tmp_path, files)


def test_both_formats_split_as_a_folder_of_files_would(tmp_path):
    """The split is drawn from labels and seed alone, not from how rows are stored."""
    splits = []
    for name, write in (("a", write_parquet_shards), ("b", write_webdataset_shards)):
        write(tmp_path / name, ROWS, shards=3)
        splits.append(bind_target(load_dataset(tmp_path / name), seed=7).split)
    for part in ("train", "validation", "test"):
        assert np.array_equal(splits[0].part(part), splits[1].part(part))


def test_texts_are_read_when_asked_for(tmp_path):
    """Several Parquet files of texts are shards; other columns are cells."""
    for number in range(2):
        table(
            tmp_path / f"part-{number}.parquet",
            text=[f"text {number} {n}" for n in range(5)],
            stars=[1, 2, 3, 4, None],
        )
    dataset = load_dataset(tmp_path)
    assert (dataset.modality, len(dataset)) == ("text", 10)
    assert dataset.inputs[6] == "text 1 1"
    assert modalities.get("text").read(dataset, [9, 0]) == ["text 1 4", "text 0 0"]
    assert dataset.columns["stars"][:5] == ("1", "2", "3", "4", "")


def test_texts_in_tar_files_and_facts_in_json(tmp_path):
    """``.txt`` is the input, ``.cls`` the label, and what ``.json`` says are columns."""
    tar(
        tmp_path / "a.tar",
        {
            "x/0.txt": "grün".encode(),
            "x/0.cls": b"p",
            "x/0.json": json.dumps({"source": "web", "nested": {"a": 1}}).encode(),
            "x/1.txt": b"red",
            "x/1.cls": b"n",
        },
    )
    dataset = load_dataset(tmp_path)
    assert modalities.get("text").read(dataset, [1, 0]) == ["red", "grün"]
    assert dataset.columns["label"] == ("p", "n")
    assert dataset.columns["source"] == ("web", "")


def test_names_of_shards_can_say_the_split(tmp_path):
    """As Hugging Face calls them; a column called split would count more."""
    for name, rows in (
        ("train-00000-of-00002", ROWS[:9]),
        ("train-00001-of-00002", ROWS[9:20]),
        ("test-0", ROWS[20:]),
    ):
        table(tmp_path / "data" / f"{name}.parquet", image=[r[0] for r in rows], label=[r[1] for r in rows])
    dataset = load_dataset(tmp_path)
    assert [dataset.columns["split"].count(part) for part in ("train", "test")] == [20, 10]
    assert bind_target(dataset).split.source == "column:split"


def test_rows_without_an_image_are_left_out_and_named(tmp_path):
    """So are those that cannot be decoded: with shard, row and reason; the others keep their labels."""
    images = [value for value, _ in ROWS[:6]]
    images[1], images[4] = None, b"no image"
    table(tmp_path / "a.parquet", image=pyarrow.array(images, pyarrow.binary()), label=list("abcdef"))
    dataset = load_dataset(tmp_path)
    assert dataset.columns["label"] == tuple("acdf")
    assert dataset.row_ids[:3] == ("a.parquet:1", "a.parquet:3", "a.parquet:4")
    first, second = dataset.issues
    assert (first.row, first.problem) == ("a.parquet:2", "the row has no input")
    assert second.row == "a.parquet:5"
    assert "not an image" in second.problem


def test_a_row_of_a_tar_file_without_an_image_is_left_out(tmp_path):
    """It is named by its key."""
    files = {}
    for number, (value, label) in enumerate(ROWS[:4]):
        files |= {f"{number}.png": value, f"{number}.cls": label.encode()}
    del files["2.png"]
    tar(tmp_path / "a.tar", files)
    dataset = load_dataset(tmp_path)
    assert len(dataset) == 3
    assert [(issue.row, issue.problem) for issue in dataset.issues] == [("a.tar:2", "the row has no input")]


@WRITERS
def test_a_broken_shard_is_named(tmp_path, write):
    """Cut off in its middle, or of 0 bytes."""
    write(tmp_path, ROWS, shards=3)
    victim = sorted(tmp_path.iterdir())[1]
    victim.write_bytes(victim.read_bytes()[: victim.stat().st_size // 2 + 100])
    with pytest.raises(DatasetError, match=rf"{victim.name}: not a readable"):
        load_dataset(tmp_path)
    victim.write_bytes(b"")
    with pytest.raises(DatasetError, match=rf"{victim.name}: the shard is empty \(0 bytes\)"):
        load_dataset(tmp_path)


def test_a_shard_without_rows_is_remarked(tmp_path):
    """Distributed writers leave such files behind; nothing is missing."""
    write_parquet_shards(tmp_path, ROWS, shards=2)
    schema = parquet.read_schema(tmp_path / "part-0000.parquet")
    parquet.write_table(schema.empty_table(), tmp_path / "part-0009.parquet")
    (issue,) = load_dataset(tmp_path).issues
    assert (issue.row, issue.left_out) == ("part-0009.parquet", False)


def test_shards_with_other_columns_are_refused(tmp_path):
    """A column more, a column of another type, or labels in some tar files only."""
    table(tmp_path / "p" / "0.parquet", image=[ROWS[0][0]] * 2, label=["a", "b"])
    table(tmp_path / "p" / "1.parquet", image=[ROWS[0][0]] * 2, label=["a", "b"], more=["x", "y"])
    with pytest.raises(DatasetError, match=r"1.parquet: the column 'more' is string but missing in 0.parquet"):
        load_dataset(tmp_path / "p")
    table(tmp_path / "p" / "1.parquet", image=[ROWS[0][0]] * 2, label=[1, 2])
    with pytest.raises(DatasetError, match=r"1.parquet: the column 'label' is int64 but string in 0.parquet"):
        load_dataset(tmp_path / "p")
    write_webdataset_shards(tmp_path / "w", ROWS, shards=1)
    tar(tmp_path / "w" / "z.tar", {"0.png": ROWS[0][0]})
    with pytest.raises(DatasetError, match=r"z.tar: no row has a label, but rows of part-0000.tar do"):
        load_dataset(tmp_path / "w")


def test_too_many_bad_rows_are_an_error(tmp_path):
    """The first is named."""
    table(tmp_path / "a.parquet", image=[b"x", b"y", ROWS[0][0]], label=["a", "b", "c"])
    with pytest.raises(DatasetError, match=r"2 of 3 rows are unusable .* a.parquet:1"):
        load_dataset(tmp_path)


def test_limits_hold_for_shards(tmp_path):
    """Rows, bytes of all shards, and bytes of what is read at once; max_bytes is for other files."""
    write_parquet_shards(tmp_path, ROWS, shards=2)
    assert len(load_dataset(tmp_path, limits=Limits(max_bytes=10_000_000))) == 30
    for limits in (Limits(max_shard_rows=20), Limits(max_shard_bytes=1000), Limits(max_block_bytes=1000)):
        with pytest.raises(LimitExceeded, match="max_"):
            load_dataset(tmp_path, limits=limits)


def test_what_is_no_set_of_shards(tmp_path):
    """Folders of images, one table of texts, tables of parts, tables beside a manifest."""
    texts = {"text": [f"text {n}" for n in range(4)], "label": list("abab")}
    table(tmp_path / "train.parquet", **texts)
    assert find_shards(tmp_path, ["train.parquet"], Limits()) == ()
    table(tmp_path / "test.parquet", **texts)
    assert find_shards(tmp_path, ["test.parquet", "train.parquet"], Limits()) == ()
    table(tmp_path / "manifest.parquet", **texts)
    table(tmp_path / "more.parquet", **texts)
    assert find_shards(tmp_path, ["manifest.parquet", "more.parquet"], Limits()) == ()
    write_parquet_shards(tmp_path, ROWS, shards=1)
    assert find_shards(tmp_path, ["a/0.png", "part-0000.parquet"], Limits()) == ()
    assert find_shards(tmp_path, ["part-0000.parquet"], Limits()) == ("part-0000.parquet",)
    assert find_shards(tmp_path, ["train.parquet"], Limits(max_rows=3)) == ("train.parquet",)


def test_a_large_table_of_categories_is_read_as_texts(tmp_path):
    """What pandas wrote as categories is a dictionary: texts and labels are those of plain columns."""
    texts, labels = [f"the text with the number {number % 5}" for number in range(9)], list("abcabcabc")
    columns = {"body": texts, "label": labels}
    encoded = {name: pyarrow.array(values).dictionary_encode() for name, values in columns.items()}
    (tmp_path / "data").mkdir()
    table(tmp_path / "data" / "all.parquet", **encoded)
    dataset = load_dataset(tmp_path / "data", limits=Limits(max_rows=8))
    assert dataset.stored is not None
    assert (dataset.modality, dataset.issues) == ("text", ())
    assert dataset.columns["label"] == tuple(labels)
    assert modalities.get("text").read(dataset, [8, 0, 3]) == [texts[8], texts[0], texts[3]]
