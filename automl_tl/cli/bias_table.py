"""The headline figure of each group, accuracy or a mean error, from ``bias_report.json``."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from automl_tl.json_codec import from_plain

__all__ = ["bias_tables"]


@dataclass(frozen=True)
class _Rate:
    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class _Row:
    group: str
    count: int
    rates: dict[str, _Rate]


@dataclass(frozen=True)
class _Attribute:
    attribute: str
    groups: tuple[_Row, ...]
    summary: str


@dataclass(frozen=True)
class _File:
    attributes: tuple[_Attribute, ...]
    rate_names: tuple[str, ...] = ("accuracy",)


def bias_tables(path: Path) -> Iterator[RenderableType]:
    """Yield, per sensitive attribute, the first figure of each group with its interval, and what sums it up."""
    report = from_plain(_File, json.loads(path.read_text(encoding="utf-8")))
    headline = next(iter(report.rate_names), "accuracy")
    name_of_it = headline.replace("_", " ")
    for attribute in report.attributes:
        table = Table(
            title=f"{name_of_it.capitalize()} by {escape(attribute.attribute)}",
            title_justify="left",
            box=None,
            header_style="dim",
            padding=(0, 2, 0, 0),
        )
        for name in (attribute.attribute, "test rows", name_of_it, "95 % interval"):
            table.add_column(escape(name))
        for row in attribute.groups:
            rate = row.rates.get(headline)
            if rate is None or rate.value is None:
                table.add_row(escape(row.group), str(row.count), "-", "")
            else:
                table.add_row(
                    escape(row.group),
                    str(row.count),
                    _figure(rate.value),
                    f"{_figure(rate.low)} .. {_figure(rate.high)}",
                )
        yield Group(table, Text(attribute.summary))


def _figure(value: float | None) -> str:
    """Return three decimals, or four digits that count of what is larger than a share."""
    if value is None:
        return "-"
    return f"{value:.3f}" if abs(value) <= 1 else f"{value:.4g}"
