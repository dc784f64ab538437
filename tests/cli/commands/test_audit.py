"""``automl-tl audit``: sentences, JSON, or a page."""

import json

import pytest
from click.testing import CliRunner

from automl_tl.cli.main import cli
from automl_tl.fairness.audit import audit
from automl_tl.json_codec import to_plain


@pytest.fixture
def run(monkeypatch):
    asked = []
    report = to_plain(audit([0, 1] * 60, [0, 1] * 60, {"office": ["x", "y", "z"] * 40}, class_names=("a", "b")))

    class Served:
        def __init__(self, address, *, project):
            self.address = address

        def __enter__(self):
            return self

        def __exit__(self, *_):
            return None

        def audit(self, job, sensitive, **options):
            asked.append((job, sensitive, options["favourable"]))
            options["on_progress"]("waiting for a worker")
            return report

    monkeypatch.setattr("automl_tl.client.Client", Served)

    def invoke(*arguments):
        return CliRunner().invoke(cli, ["audit", *map(str, arguments)]), asked

    return invoke


def test_columns_may_be_given_together_and_every_verdict_is_a_sentence(run):
    """Commas and repeated options mean the same."""
    result, asked = run("job-1", "--sensitive", "office, age", "--sensitive", "town", "--favourable", "a")
    assert result.exit_code == 0
    assert asked == [("job-1", ["office", "age", "town"], "a")]
    assert "office: insufficient evidence. Not enough data" in result.stdout


def test_the_report_can_be_had_as_json_and_as_a_page(run, tmp_path):
    """The page is the one that audit() makes."""
    result, _ = run("job-1", "--sensitive", "office", "--json", "--html", tmp_path / "bias.html")
    assert json.loads(result.stdout)["count"] == 120
    assert "<h1>" in (tmp_path / "bias.html").read_text(encoding="utf-8")


def test_without_a_column_nothing_is_asked(run):
    """Exit code 2."""
    assert run("job-1")[0].exit_code == 2
