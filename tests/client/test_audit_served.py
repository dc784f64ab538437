"""A real service with a real worker audits a finished job, over a real socket."""

import csv
import json

import pytest
from click.testing import CliRunner

from automl_tl.cli.main import cli
from automl_tl.cli.service_process import running_service
from automl_tl.client import Client
from automl_tl.errors import InvalidInput, NotFound
from automl_tl.testing.finished_job import finished_job


@pytest.fixture
def address(tmp_path):
    """A service with one worker and a finished job whose every fifth answer is wrong, which a column knows."""
    source = tmp_path / "roots" / "letters.csv"
    source.parent.mkdir()
    with source.open("w", newline="", encoding="utf-8") as handle:
        writer = csv.writer(handle)
        writer.writerow(["text", "label", "fifth"])
        writer.writerows([f"letter {row}", "ab"[row % 2], str(row % 5 == 0)] for row in range(200))
    finished_job(tmp_path / "data", source)
    with running_service(tmp_path / "data", workers=1, options=("--data-root", str(source.parent))) as opened:
        yield opened


def test_groups_of_a_finished_job_are_compared(address, tmp_path):
    """By the client and by the command alike; what cannot be compared is refused in words."""
    heard = []
    with Client(address, timeout=30.0, patience=60.0) as client:
        report = client.audit("job-1", ["fifth"], favourable="a", on_progress=heard.append)
        with pytest.raises(InvalidInput, match="has no column 'age'"):
            client.audit("job-1", ["age"])
        with pytest.raises(NotFound):
            client.audit("job-9", ["fifth"])
    assert heard[0] == "waiting for a worker"
    (attribute,) = report["attributes"]
    assert attribute["verdict"] == "violation"
    assert [row["count"] for row in attribute["groups"]] == [160, 40]

    page = tmp_path / "bias.html"
    words = ["audit", "job-1", "--sensitive", "fifth", "--favourable", "a", "--address", address]
    told = CliRunner().invoke(cli, [*words, "--html", str(page)])
    assert told.exit_code == 0, told.output
    assert "fifth: violation." in told.output
    assert "<html" in page.read_text(encoding="utf-8")
    shown = CliRunner().invoke(cli, [*words, "--json"])
    assert json.loads(shown.stdout) == report
