"""The demo does an image job and a text job, says where the reports lie, and tells what it did to the data."""

from contextlib import contextmanager

import pytest
from click.testing import CliRunner

from automl_tl.cli import demo
from automl_tl.pipeline.spec import JobState


@pytest.fixture
def run_demo(service, monkeypatch, tmp_path):
    """Run the demo on the double of a service."""

    @contextmanager
    def running_service(data_dir):
        data_dir.mkdir(parents=True)
        yield "host:1"

    def upload(self, path, *, display_name="", **options):
        assert path.exists()
        self.calls.append(("upload", display_name))
        return type("Uploaded", (), {"name": "n", "row_count": 1000, "modality": "image"})()

    def download(self, job, directory, **options):
        directory.mkdir(parents=True)
        (directory / "report.html").write_text("<html>")
        return {"report.html": directory / "report.html"}

    monkeypatch.setattr(demo, "running_service", running_service)
    monkeypatch.setattr(demo, "Client", service)
    monkeypatch.setattr(service, "upload", upload)
    monkeypatch.setattr(service, "download", download)
    return lambda: CliRunner().invoke(demo.main, ["--out", str(tmp_path / "out")])


def test_both_jobs_are_done_and_shown(run_demo, service, tmp_path):
    answer = run_demo()
    assert answer.exit_code == 0, answer.output
    assert [call[1] for call in service.calls if call[0] == "upload"] == ["digits", "docstrings"]
    specs = [call[1] for call in service.calls if call[0] == "create_job"]
    assert [spec.sensitive for spec in specs] == [("scanner",), ("length",)]
    assert "degraded on purpose" in specs[0].notes
    assert all(spec.dataset == "n" and spec.models.names == ("starter",) for spec in specs)
    for part in (
        "Ranking of the candidates",
        "Leaderboard of trials",
        "digits/report.html",
        "docstrings/report.html",
    ):
        assert part in answer.output.replace("\n", "") or part in answer.output


def test_a_job_that_fails_is_seen_in_the_exit_code(run_demo, service):
    service.state = JobState.FAILED
    assert run_demo().exit_code == 1


def test_an_earlier_demo_is_replaced_and_other_files_stay(run_demo, tmp_path):
    (tmp_path / "out" / "digits").mkdir(parents=True)
    (tmp_path / "out" / "digits" / "old.html").write_text("old")
    (tmp_path / "out" / "mine.txt").write_text("mine")
    assert run_demo().exit_code == 0
    assert not (tmp_path / "out" / "digits" / "old.html").exists()
    assert (tmp_path / "out" / "mine.txt").exists()
