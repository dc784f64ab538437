"""``automl-tl report``: pages and cards from a JSON report, its schema, and what people still have to state."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from automl_tl.errors import InvalidInput

if TYPE_CHECKING:
    from automl_tl.report.content import ReportContent

__all__ = ["command"]

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def command() -> None:
    """Render, check or complete the JSON report of a job; works without a service."""


@command.command()
@click.argument("report", type=_FILE)
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), help="Where files go; default: beside REPORT."
)
@click.option("--card", is_flag=True, help="Also write the model card, MODEL_CARD.md.")
@click.option(
    "--statements", type=_FILE, help="YAML of what only people can state; also written into report.json."
)
def render(report: Path, out: Path | None, card: bool, statements: Path | None) -> None:
    """Write report.html from REPORT (report.json); the same bytes each time."""
    from automl_tl.report.content import to_json
    from automl_tl.report.html import render_html
    from automl_tl.report.model_card import FILE_NAME, render_card

    content = _read(report)
    directory = out or report.parent
    directory.mkdir(parents=True, exist_ok=True)
    if statements is not None:
        content = dataclasses.replace(content, statements={**content.statements, **_statements(statements)})
        text = json.dumps(to_json(content), indent=1, allow_nan=False)
        _write(directory / "report.json", text)
    _write(directory / "report.html", render_html(content))
    if card:
        _write(directory / FILE_NAME, render_card(content))


@command.command()
@click.argument("report", type=_FILE)
def check(report: Path) -> None:
    """Check REPORT against the published schema and tell what is missing."""
    from automl_tl.report.completeness import STATEMENTS, completeness

    found = completeness(_read(report))
    click.echo(f"fits the schema; {found.filled} of {found.required} things are there")
    for item in found.missing:
        click.echo(f"not measured: {item.what}")
    for name in found.human_todo:
        click.echo(f"to be stated by people: {name} ({STATEMENTS[name]})")


@command.command()
def schema() -> None:
    """Print the JSON Schema of report.json."""
    from automl_tl.report.schema import make_schema

    click.echo(json.dumps(make_schema(), indent=1))


def _read(report: Path) -> ReportContent:
    from automl_tl.report.content import from_json
    from automl_tl.report.schema import check_report

    try:
        plain: Any = json.loads(report.read_text(encoding="utf-8"))
    except ValueError as error:
        raise InvalidInput(f"{report} is no JSON: {error}", field="report") from None
    if not isinstance(plain, dict):
        raise InvalidInput(f"{report} must hold a JSON object", field="report")
    content = from_json(plain)
    check_report(plain)
    return content


def _statements(path: Path) -> dict[str, str]:
    from automl_tl.report.completeness import STATEMENTS
    from automl_tl.strict_yaml import load_text

    given = load_text(path.read_text(encoding="utf-8"), name=str(path))
    if not isinstance(given, dict):
        raise InvalidInput(f"{path} must map names to texts", field="statements")
    for name, text in given.items():
        if name not in STATEMENTS or not isinstance(text, str):
            known = ", ".join(STATEMENTS)
            raise InvalidInput(f"{path}: {name!r} must be one of {known}, with a text", field="statements")
    return given


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
    click.echo(path)
