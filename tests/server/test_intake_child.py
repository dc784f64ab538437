"""The child that reads foreign files: what it tells, and what it may use."""

import json
import os
import resource
import subprocess
import sys

import pytest
from PIL import Image

from automl_tl.data.limits import Limits
from automl_tl.errors import DatasetError
from automl_tl.json_codec import from_plain, to_plain
from automl_tl.server.intake_child import PICTURE, Order, ReadDataset, _answer, _confine, read

from .conftest import zip_folder


def order(tmp_path, file, **changes):
    scratch = tmp_path / "scratch"
    scratch.mkdir(exist_ok=True)
    return Order(**{"scratch": str(scratch), "path": str(file), "file_name": file.name, **changes})


def test_an_upload_is_summarised(tmp_path, text_csv):
    found = read(order(tmp_path, text_csv))
    assert (found.modality, found.row_count, found.issue_count) == ("text", 36, 0)
    assert [column.name for column in found.columns] == ["label", "split", "speaker"]
    assert from_plain(ReadDataset, json.loads(json.dumps(to_plain(found)))) == found


def test_what_lies_at_a_uri_is_summarised_below_the_roots_only(tmp_path, text_csv):
    uri = text_csv.as_uri()
    assert (
        read(order(tmp_path, text_csv, path="", uri=uri, roots=(str(tmp_path),))).file_bytes
        == text_csv.stat().st_size
    )
    with pytest.raises(DatasetError, match="reads no local paths"):
        read(order(tmp_path, text_csv, path="", uri=uri))


@pytest.mark.parametrize("uri", ["", ".", "notes.csv", "file:", "file://", "file:///"])
def test_no_uri_means_the_directory_in_which_we_are(tmp_path, text_csv, uri, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "root").mkdir()
    for roots in ((), (str(tmp_path / "root"),)):
        with pytest.raises(DatasetError, match="uri"):
            read(order(tmp_path, text_csv, path="", uri=uri, roots=roots))


def test_our_own_errors_are_told_by_their_reason(tmp_path, text_csv):
    text_csv.write_text("text,label\nonly,one\n")
    answer = _answer(order(tmp_path, text_csv))
    assert answer["reason"] == "INVALID_DATASET"
    assert "at least 2" in answer["message"]


@pytest.mark.parametrize(
    ("error", "key", "value"), [(MemoryError(), "memory", True), (OSError(28, "full"), "errno", 28)]
)
def test_other_errors_are_told_by_their_kind(tmp_path, text_csv, monkeypatch, error, key, value):
    def fail(order):
        raise error

    monkeypatch.setattr("automl_tl.server.intake_child.read", fail)
    assert _answer(order(tmp_path, text_csv))[key] == value


def test_the_kernel_holds_a_child_to_its_limits(tmp_path, text_csv):
    """In a child of this test, because limits cannot be raised again."""
    child = os.fork()
    if child == 0:
        _confine(order(tmp_path, text_csv, memory_bytes=1 << 40, cpu_seconds=77, limits=Limits(max_bytes=1 << 20)))
        limits = [
            resource.getrlimit(kind)[1]
            for kind in (resource.RLIMIT_CPU, resource.RLIMIT_FSIZE, resource.RLIMIT_CORE)
        ]
        os._exit(0 if limits == [77, 1 << 20, 0] else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_orders_are_carried_out_until_there_are_no_more(tmp_path, image_folder):
    upload = zip_folder(image_folder, tmp_path / "shapes.zip")
    command = [sys.executable, "-m", "automl_tl.server.intake_child"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as child:

        def carry_out(line):
            child.stdin.write(line + "\n")
            child.stdin.flush()
            said = [json.loads(child.stdout.readline())]
            return said if "ended" in said[0] else [*said, json.loads(child.stdout.readline())]

        good = json.dumps(to_plain(order(tmp_path, upload)))
        dataset, ended = carry_out(good)
        assert (dataset["dataset"]["row_count"], ended["ended"]) == (36, 0)
        assert ended["peak_bytes"] > 1 << 20
        assert ended["cpu_seconds"] >= 0
        assert [said["ended"] for said in carry_out("nonsense")] == [1]
        assert carry_out(good)[0] == dataset
        child.stdin.close()
        assert child.wait(20) == 0


@pytest.mark.parametrize(
    ("mode", "colour", "shown"),
    [("L", 90, (90, 90, 90)), ("RGBA", (255, 0, 0, 0), (255, 255, 255)), ("1", 1, (255,) * 3)],
)
def test_one_picture_becomes_a_png_of_our_own(tmp_path, mode, colour, shown):
    """Grey, transparent, black and white: as data sets are read; large ones are reduced."""
    file = tmp_path / "some.tiff"
    Image.new(mode, (1000, 500), colour).save(file)
    asked = order(tmp_path, file, picture=True)
    assert _answer(asked) == {"picture": PICTURE}
    made = Image.open(tmp_path / "scratch" / PICTURE)
    assert (made.mode, made.size, made.getpixel((5, 5))) == ("RGB", (768, 384), shown)


def test_what_is_no_picture_or_too_large_is_told(tmp_path):
    """With the field that it came in."""
    file = tmp_path / "some.png"
    file.write_bytes(b"no picture")
    assert _answer(order(tmp_path, file, picture=True))["field"] == "image"
    Image.new("L", (1000, 500)).save(file)
    answer = _answer(order(tmp_path, file, picture=True, limits=Limits(max_pixels=1000)))
    assert (answer["reason"], answer["field"]) == ("INVALID_DATASET", "image")
    assert "1000" in answer["message"]
