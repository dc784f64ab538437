"""A local job's files end up in the directory that was asked for."""

from automl_tl.cli.local_job import collect, run_here
from automl_tl.pipeline.spec import JobSpec


def test_files_are_copied_out_of_the_jobs_own_directory(tmp_path, local_job):
    outcome = run_here(tmp_path / "data", JobSpec(dataset=""), out=tmp_path / "out")
    assert (tmp_path / "out" / "report.html").read_text() == "<html>"
    assert outcome.paths["model_path"] == str(tmp_path / "out" / "model.zip")
    assert outcome.trials == 2


def test_directories_are_copied_and_files_in_place_are_left(tmp_path):
    (tmp_path / "kept" / "model").mkdir(parents=True)
    (tmp_path / "kept" / "model" / "model.json").write_text("{}")
    (tmp_path / "report.html").write_text("here")
    files = {"model": tmp_path / "kept" / "model", "report.html": tmp_path / "report.html"}
    collected = collect(files, tmp_path)
    assert (collected["model"] / "model.json").read_text() == "{}"
    assert collected["report.html"].read_text() == "here"
