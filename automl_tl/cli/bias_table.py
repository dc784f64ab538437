"""Accuracy per group, from ``bias_report.json``."""

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

_ACCURACY = "accuracy"


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


def bias_tables(path: Path) -> Iterator[RenderableType]:
    """Yield, per sensitive attribute, accuracy of each group with its interval, and the sentence that sums up."""
    report = from_plain(_File, json.loads(path.read_text(encoding="utf-8")))
    for attribute in report.attributes:
        table = Table(
            title=f"Accuracy by {escape(attribute.attribute)}",
            title_justify="left",
            box=None,
            header_style="dim",
            padding=(0, 2, 0, 0),
        )
        for name in (attribute.attribute, "test rows", "accuracy", "95 % interval"):
            table.add_column(escape(name))
        for row in attribute.groups:
            rate = row.rates.get(_ACCURACY)
            if rate is None or rate.value is None:
                table.add_row(escape(row.group), str(row.count), "-", "")
            else:
                table.add_row(
                    escape(row.group), str(row.count), f"{rate.value:.3f}", f"{rate.low:.3f} .. {rate.high:.3f}"
                )
        yield Group(table, Text(attribute.summary))
