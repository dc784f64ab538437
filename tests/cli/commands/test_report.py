"""``automl-tl report``: from a JSON file to page and card, without a service."""

import json

import pytest
from click.testing import CliRunner

from automl_tl.cli.main import cli
from automl_tl.report.content import to_json
from automl_tl.report.html import render_html
from automl_tl.testing.report_sample import sample_text_report


@pytest.fixture
def report(tmp_path):
    path = tmp_path / "report.json"
    path.write_text(json.dumps(to_json(sample_text_report()), indent=1), encoding="utf-8")
    return path


def run(*arguments):
    return CliRunner().invoke(cli, ["report", *map(str, arguments)])


def test_the_page_is_the_jobs_page_byte_for_byte(report, tmp_path):
    """Rendered again from its JSON; the card beside it when asked for."""
    assert run("render", report, "--card", "--out", tmp_path / "out").exit_code == 0
    page = (tmp_path / "out" / "report.html").read_bytes()
    assert page == render_html(sample_text_report()).encode()
    assert (tmp_path / "out" / "MODEL_CARD.md").read_text(encoding="utf-8").startswith("---\n")
    assert not (tmp_path / "out" / "report.json").exists()


def test_statements_of_people_go_into_json_and_page(report, tmp_path):
    """And are not asked for again."""
    statements = tmp_path / "said.yaml"
    statements.write_text("deployer: the office of letters\n", encoding="utf-8")
    assert run("render", report, "--statements", statements).exit_code == 0
    assert json.loads(report.read_text())["statements"] == {"deployer": "the office of letters"}
    assert "the office of letters" in (tmp_path / "report.html").read_text(encoding="utf-8")
    told = run("check", report).output
    assert "to be stated by people: reviewer" in told
    assert "by people: deployer" not in told
    statements.write_text("weather: fine\n", encoding="utf-8")
    refused = run("render", report, "--statements", statements)
    assert refused.exit_code == 2
    assert "weather" in refused.output


@pytest.mark.parametrize("text", ["no json", "[1]", '{"schema": "automl_tl.report/9"}'])
def test_a_file_that_is_no_report_is_worded(report, text):
    """Exit code 2, as for wrong data."""
    report.write_text(text, encoding="utf-8")
    assert run("check", report).exit_code == 2


def test_the_schema_can_be_printed():
    """As it is published."""
    from automl_tl.report.schema import published_schema

    assert json.loads(run("schema").output) == published_schema()
