"""A local job's files end up in the directory that was asked for, and its end decides the exit code."""

import csv

import pytest

from automl_tl.cli.local_job import collect, run_here
from automl_tl.pipeline.spec import JobSpec, JobState


def test_files_are_copied_out_of_the_jobs_own_directory(tmp_path, local_job):
    outcome = run_here(tmp_path / "data", JobSpec(dataset=""), out=tmp_path / "out")
    assert (tmp_path / "out" / "report.html").read_text() == "<html>"
    assert outcome.paths["model_path"] == str(tmp_path / "out" / "model.zip")
    assert outcome.trials == 2


def test_a_job_that_was_stopped_leaves_its_best_model_until_then(tmp_path, local_job):
    local_job.state = JobState.CANCELLED
    local_job.files = {"ranking.json": "[]", "best_so_far.zip": "zip"}
    outcome = run_here(tmp_path / "data", JobSpec(dataset=""), out=tmp_path / "out")
    assert outcome.paths["model_path"] == str(tmp_path / "out" / "best_so_far.zip")


def test_directories_are_copied_and_files_in_place_are_left(tmp_path):
    (tmp_path / "kept" / "model").mkdir(parents=True)
    (tmp_path / "kept" / "model" / "model.json").write_text("{}")
    (tmp_path / "report.html").write_text("here")
    files = {"model": tmp_path / "kept" / "model", "report.html": tmp_path / "report.html"}
    collected = collect(files, tmp_path)
    assert (collected["model"] / "model.json").read_text() == "{}"
    assert collected["report.html"].read_text() == "here"


def write_notes(path, *, labels=("music", "sports"), per_class=6):
    """Write a CSV with the columns text and label."""
    with path.open("w", newline="") as handle:
        rows = [(f"note {number} about {label}", label) for number in range(per_class) for label in labels]
        csv.writer(handle).writerows([("text", "label"), *rows])
    return path


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("--target", "nope"), "no column 'nope'"),
        (("--models", "nope"), "no model source 'nope'"),
        (("--models", "timm:resnet18.a1_in1k"), "is for image data"),
        (("--metric", "nope"), "'nope'"),
        (("--sensitive", "nope"), "no column 'nope'"),
        (("--scorers", "nope"), "'nope'"),
        (("--search-space", "nope"), "'nope'"),
    ],
)
def test_wrong_usage_of_a_real_run_is_exit_code_2(invoke, tmp_path, arguments, text):
    answer = invoke("run", write_notes(tmp_path / "notes.csv"), "--out", tmp_path / "out", *arguments)
    assert answer.exit_code == 2
    assert text in answer.stderr


def test_a_place_that_cannot_be_made_is_exit_code_2(invoke, tmp_path):
    (tmp_path / "file").write_text("in the way")
    answer = invoke("run", write_notes(tmp_path / "notes.csv"), "--out", tmp_path / "file" / "out")
    assert answer.exit_code == 2
    assert answer.stderr.startswith(f"error: the directory {tmp_path / 'file' / 'out'}")


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ({"labels": ("music",), "per_class": 8}, "at least two"),
        ({"per_class": 2}, "a split needs at least 3"),  # known only once the job has begun
    ],
)
def test_data_that_a_real_job_cannot_use_is_exit_code_2(invoke, tmp_path, data, text):
    answer = invoke("rank", write_notes(tmp_path / "notes.csv", **data))
    assert answer.exit_code == 2
    assert text in answer.stderr
