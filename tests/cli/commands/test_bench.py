"""``bench ranking`` from data and models on disk to the page, as often and as long as one likes."""

import csv
import shutil

import pytest

from automl_tl.testing.tiny_models import write_timm_pair
from automl_tl.truth import bench as truth_bench

QUICK = ("--rows", "30", "--seeds", "2", "--updates", "2")


@pytest.fixture
def models(tmp_path):
    """Two tiny networks of different weights."""
    write_timm_pair(tmp_path / "models", "first", num_classes=5)
    write_timm_pair(tmp_path / "models", "second", num_classes=2)
    return f"local:{tmp_path / 'models'}"


@pytest.fixture
def data(make_image_folder):
    """Two tiny image data sets."""
    make_image_folder("shapes", per_class=15, size=16)
    return [
        "--data",
        make_image_folder("shapes", per_class=15, size=16),
        "--data",
        make_image_folder("rounds", per_class=20, size=16, classes=("circle", "square"), seed=5),
    ]


@pytest.fixture
def bench(invoke, models, data, tmp_path):
    """Run the command; its files lie in ``tmp_path / "out"``."""
    return lambda *more: invoke(
        *("bench", "ranking", "--models", models, *data, *QUICK, "--out", tmp_path / "out", *more)
    )


class Measured:
    """Measures as the bench does, remembers the cells, and can press Ctrl-C after some of them."""

    def __init__(self):
        self.cells, self.interrupt_after, self._measure = [], None, truth_bench.measure

    def __call__(self, task, card, **options):
        if len(self.cells) == self.interrupt_after:
            raise KeyboardInterrupt
        self.cells.append((task.data, card.id, task.seed))
        return self._measure(task, card, **options)


@pytest.fixture
def measured(monkeypatch):
    spy = Measured()
    monkeypatch.setattr(truth_bench, "measure", spy)
    return spy


def rows(tmp_path):
    with (tmp_path / "out" / "truth.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_from_data_and_models_to_the_page(bench, measured, tmp_path):
    answer = bench()
    assert answer.exit_code == 0, answer.stderr
    cells = [
        (data, f"local:{model}", seed)
        for seed in (0, 1)
        for data in ("shapes", "rounds")
        for model in ("first", "second")
    ]
    assert measured.cells == cells
    assert [(row["data"], row["model"], int(row["seed"])) for row in rows(tmp_path)] == cells
    assert (tmp_path / "out" / "ranking.md").read_text() == answer.stdout
    for word in ("| shapes |", "| rounds |", "| our ranking |", "| static |", "| knn |", "| random order |"):
        assert word in answer.stdout
    assert "[1/8] shapes seed 0 local:first: accuracy " in answer.stderr
    assert "to go)" in answer.stderr.splitlines()[0]
    # Run again, it measures nothing and prints the same.
    again = bench()
    assert again.exit_code == 0
    assert len(measured.cells) == 8
    assert again.stdout == answer.stdout
    # Other rows would be another truth.
    refused = bench("--rows", "20")
    assert refused.exit_code == 2
    assert "with 30 rows, but this command asks for 20" in refused.stderr
    assert len(rows(tmp_path)) == 8


def test_ctrl_c_leaves_a_table_that_is_continued(bench, measured, tmp_path):
    measured.interrupt_after = 3
    answer = bench()
    assert answer.exit_code == 130
    assert "stopped with 5 runs to go; the same command goes on from here" in answer.stderr
    assert len(rows(tmp_path)) == 3
    assert not (tmp_path / "out" / "ranking.md").exists()
    measured.interrupt_after = None
    assert bench().exit_code == 0
    assert len(measured.cells) == len(set(measured.cells)) == 8


def test_a_broken_model_is_listed_and_can_be_tried_again(bench, measured, tmp_path):
    weights = tmp_path / "models" / "broken.safetensors"
    weights.write_bytes(b"nothing")
    shutil.copyfile(tmp_path / "models" / "first.json", weights.with_suffix(".json"))
    answer = bench("--seeds", "1")
    assert answer.exit_code == 0, answer.stderr
    assert "| shapes | local:broken | 0 |" in answer.stdout
    assert [row["model"] for row in rows(tmp_path) if row["error"]] == ["local:broken"] * 2
    assert len(measured.cells) == 6
    assert bench("--seeds", "1").stdout == answer.stdout
    assert len(measured.cells) == 6
    assert bench("--seeds", "1", "--retry-failed").exit_code == 0
    assert measured.cells[6:] == [("shapes", "local:broken", 0), ("rounds", "local:broken", 0)]


def test_nothing_to_compare_is_a_failure(bench, tmp_path, models):
    """Every candidate is broken."""
    for name in ("first", "second"):
        (tmp_path / "models" / f"{name}.safetensors").write_bytes(b"nothing")
    answer = bench("--seeds", "1")
    assert answer.exit_code == 1
    assert "nothing to compare" in answer.stdout
    assert "local:second" in answer.stdout


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (("--rows", "500"), "shapes has 36 rows outside its test part, but rows = 500 were asked for"),
        (("--models", "starter:glyphs-resnet"), "two candidates or more but got starter:glyphs-resnet"),
        (("--models", "hf:someone/bert"), "hf:someone/bert is for text data but the dataset is image"),
        (("--target", "colour"), "there is no column 'colour'"),
        (("--data", "nowhere.zip"), "nowhere.zip"),
    ],
)
def test_what_cannot_be_is_said_before_anything_is_measured(bench, measured, tmp_path, more, told):
    """In words, with the exit code of wrong usage, and without a trace."""
    answer = bench(*more)
    assert answer.exit_code == 2
    assert told in answer.stderr
    assert measured.cells == []
    assert not (tmp_path / "out").exists()


def test_data_sets_of_two_modalities_are_refused(bench, text_csv):
    answer = bench("--data", text_csv)
    assert answer.exit_code == 2
    assert "all must be of one modality but these are of 2 (image: shapes, rounds; text: notes)" in answer.stderr


def test_two_data_sets_of_one_name_are_refused(bench, make_image_folder):
    answer = bench("--data", make_image_folder("elsewhere/shapes", per_class=5, size=16))
    assert answer.exit_code == 2
    assert "two data sets are called 'shapes'; rename one of them" in answer.stderr


def test_data_sets_in_an_object_store_are_called_like_those_on_disk(bench, memory_store, make_image_folder):
    """So that a table goes on wherever its data lies; what is not there is told before anything is measured."""
    file = next(make_image_folder("more", per_class=1).rglob("*.png"))
    address = memory_store({"shapes/circle/a.png": file.read_bytes(), "shapes/square/b.png": file.read_bytes()})
    for data in (f"{address}/shapes", f"{address}/shapes/", f"{address}/shapes.zip"):
        answer = bench("--data", data)
        assert answer.exit_code == 2
        assert "two data sets are called 'shapes'; rename one of them" in answer.stderr
    assert "there is nothing at" in bench("--data", f"{address}/none.zip").stderr


def test_a_torn_table_is_pointed_at(bench, tmp_path):
    table = tmp_path / "out" / "truth.csv"
    table.parent.mkdir()
    table.write_text(
        "data,model,seed,rows,updates,metric,fine_tuned,probe,validation,seconds,error\nshapes,local:fi"
    )
    answer = bench()
    assert answer.exit_code != 0
    assert f"line 2 of {table} is no measurement" in answer.stderr


def test_texts_are_named_after_their_file_and_read_by_their_target(invoke, tmp_path, make_text_csv):
    """Another column than ``label`` may be the target; the ending is no part of the name."""
    write = make_text_csv("notes.2024.csv", per_class=20)
    answer = invoke(
        *("bench", "ranking", "--models", "starter:documentation-bert,starter:documentation-electra"),
        *("--data", write, "--target", "speaker", "--rows", "20", "--seeds", "1", "--updates", "1"),
        *("--out", tmp_path / "out"),
    )
    assert answer.exit_code == 0, answer.stderr
    assert {row["data"] for row in rows(tmp_path)} == {"notes.2024"}
    assert "| minus |" not in answer.stdout


def test_data_are_required(invoke):
    answer = invoke("bench", "ranking")
    assert answer.exit_code == 2
    assert "--data" in answer.stderr


def test_help_says_what_it_does_and_what_it_costs(invoke):
    assert "ranking" in invoke("bench", "--help").stdout
    text = " ".join(invoke("bench", "ranking", "--help").stdout.split())
    for words in ("minutes to days", "goes on from there", "--retry-failed", "a fifth of them for validation"):
        assert words in text
