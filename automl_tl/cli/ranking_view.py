"""A ranking for people: as many columns as fit, and below it why models were not ranked."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from rich.console import Console, Group, RenderableType
from rich.markup import escape
from rich.measure import Measurement
from rich.table import Table

from automl_tl.cli.tables import count, figure
from automl_tl.client.types import ModelCost, RankedModel
from automl_tl.probe.cost import efficient

__all__ = ["ranking_view"]

_ENDLESS = 10_000


@dataclass(frozen=True)
class _Column:
    """A column and what it shows of a row."""

    name: str
    show: Callable[[RankedModel], str]


_NO_BASELINES: Mapping[str, str] = MappingProxyType({})
_RULES = {"static": "other data", "knn": "k-NN", "largest": "largest"}


def ranking_view(
    rows: Sequence[RankedModel],
    *,
    baselines: Mapping[str, str] = _NO_BASELINES,
    title: str = "",
    width: int = 160,
) -> RenderableType:
    """Return the ranking in at most ``width`` characters, with a legend; models without a rank say why.

    Below stands what simpler rules would choose (``baselines``, by rule) and what that is expected to cost.

    What does not fit is left out: the single scores first, then what predicting takes besides time, then expected
    regret, the time of a trial, the time of a prediction, the interval.
    """
    ranked = [row for row in rows if row.rank > 0]
    groups = _optional(ranked)
    while groups and _natural_width(_table(ranked, groups, title)) > width:
        groups = groups[:-1]
    parts: list[RenderableType] = [_table(ranked, groups, title) if ranked else "[dim]no model could be ranked"]
    parts += [f"[dim]{line}" for line in _legend(ranked, [column.name for group in groups for column in group])]
    parts += [f"[dim]{line}" for line in _simpler_rules(ranked, baselines)]
    left_out = [row for row in rows if row.rank == 0]
    if left_out:
        parts += ["", _reasons(left_out)]
    return Group(*parts)


def _table(ranked: Sequence[RankedModel], groups: Sequence[Sequence[_Column]], title: str) -> Table:
    columns = [*_always(), *(column for group in groups for column in group)]
    table = Table(title=title or None, title_justify="left", box=None, header_style="dim", padding=(0, 2, 0, 0))
    for column in columns:
        words = column.name in ("#", "model")
        table.add_column(
            column.name, no_wrap=column.name != "model", overflow="fold", justify="left" if words else "right"
        )
    for row in ranked:
        table.add_row(*(column.show(row) for column in columns), style="bold green" if row.rank == 1 else "")
    return table


def _natural_width(table: Table) -> int:
    console = Console(width=_ENDLESS)
    return Measurement.get(console, console.options, table).maximum


def _always() -> list[_Column]:
    return [
        _Column("#", lambda row: f"{row.rank}{'~' if row.contender else ''}"),
        _Column("model", lambda row: escape(row.model)),
        _Column("score", lambda row: figure(row.score, 2)),
        _Column("P(best)", lambda row: _share(row.probability_best)),
    ]


def _optional(ranked: Sequence[RankedModel]) -> list[list[_Column]]:
    """Return groups of columns of which something is known, the most useful first."""
    marks = efficient([row.score for row in ranked], [_cost(row).latency_ms for row in ranked])
    front = {row.model for row, marked in zip(ranked, marks, strict=True) if marked}
    groups = [
        [_Column("95 % interval", lambda row: f"{figure(row.low, 2)} .. {figure(row.high, 2)}")],
        [_Column("ms", lambda row: _significant(_cost(row).latency_ms) + (" *" if row.model in front else "  "))],
        [_Column("s/trial", lambda row: _significant(_cost(row).trial_seconds))],
        [_Column("regret", lambda row: figure(100 * row.expected_regret, 1))],
        [
            _Column("size", lambda row: count(_cost(row).parameters or row.parameters)),
            _Column("MFLOPs", lambda row: _significant(_cost(row).flops / 1e6)),
            _Column("MB", lambda row: _significant(_cost(row).inference_bytes / 1e6)),
        ],
        [_Column("layers", lambda row: row.layers if row.layers != "last" else "-")],
        *([_score_column(name)] for name in dict.fromkeys(name for row in ranked for name in row.scores)),
    ]
    return [known for group in groups if (known := [column for column in group if _says(column, ranked)])]


def _says(column: _Column, ranked: Sequence[RankedModel]) -> bool:
    return any(column.show(row).strip(" *-") for row in ranked)


def _score_column(name: str) -> _Column:
    return _Column(name, lambda row: figure(row.scores.get(name, math.nan), 3))


def _legend(ranked: Sequence[RankedModel], shown: Sequence[str]) -> list[str]:
    """Return what the columns and marks that are shown mean."""
    marks = ["~ the data cannot tell these from the best"] if any(row.contender for row in ranked) else []
    marks += ["* no other model is both better and faster"] if "ms" in shown else []
    meanings = []
    if "ms" in shown:
        figures = ", ".join(name for name in ("ms", "MFLOPs", "MB") if name in shown)
        devices = ", ".join(sorted({_cost(row).device for row in ranked} - {""}))
        meanings.append(f"{figures}: to predict one example on {devices or 'an unknown device'}")
    if "s/trial" in shown:
        meanings.append("s/trial: predicted for one full fine-tuning trial")
    if "layers" in shown:
        meanings.append("layers: what the embedding is made of where that is not the last layer")
    if "regret" in shown:
        meanings.append("regret: points of accuracy (or explained variance) that choosing it is expected to cost")
    return [line for line in ("   ".join(marks), *meanings) if line]


def _simpler_rules(ranked: Sequence[RankedModel], baselines: Mapping[str, str]) -> list[str]:
    """Return the rules' choices with their expected regret in points; of a random choice the mean over all."""
    regrets = {row.model: row.expected_regret for row in ranked if math.isfinite(row.expected_regret)}
    if len(regrets) < 2:
        return []
    told = [
        f"{_RULES.get(rule, rule)}: {escape(model)} ({100 * regrets[model]:.1f})"
        for rule, model in baselines.items()
        if model in regrets
    ]
    told.append(f"random ({100 * sum(regrets.values()) / len(regrets):.1f})")
    ours = min(ranked, key=lambda row: row.rank)
    return [f"simpler rules (regret, ours {100 * ours.expected_regret:.1f}): " + "; ".join(told)]


def _reasons(rows: Sequence[RankedModel]) -> Table:
    table = Table(box=None, header_style="dim", padding=(0, 2, 0, 0))
    table.add_column("not ranked", no_wrap=True)
    table.add_column("because", overflow="fold")
    for row in rows:
        table.add_row(escape(row.model), escape(row.error), style="dim")
    return table


def _cost(row: RankedModel) -> ModelCost:
    return row.cost or ModelCost()


def _share(probability: float) -> str:
    if not math.isfinite(probability):
        return "-"
    return f"{probability:.0%}" if probability >= 0.005 or probability == 0 else "<1%"


def _significant(value: float) -> str:
    """Return a number with three significant digits, whole above 100."""
    if not math.isfinite(value):
        return "-"
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
