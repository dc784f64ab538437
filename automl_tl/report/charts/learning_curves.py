"""Learning curves of all trials: one small panel per model, one line per trial, colours by strategy."""

from __future__ import annotations

import math
from collections.abc import Sequence

from markupsafe import Markup

from automl_tl.report.svg import Scale, element, figure_svg, label, ticks
from automl_tl.report.wording import figure, metric_label, shorten, strategy_label
from automl_tl.search.trial import Trial

__all__ = ["learning_curves", "strategies_of"]

_WIDTH, _PANEL_HEIGHT, _GAP, _LEFT, _RIGHT = 890.0, 190.0, 26.0, 52.0, 8.0
_LEGEND_LINE = 18.0
_MOST_PANELS = 6
_MOST_LINES = 40


def strategies_of(trials: Sequence[Trial]) -> tuple[str, ...]:
    """Return the strategies in the order of their colours."""
    return tuple(sorted({trial.strategy for trial in trials}))


def learning_curves(trials: Sequence[Trial], *, metric: str, winner: str, higher_is_better: bool = True) -> Markup:
    """Return the panels; the winning trial's line is thick. Models with the best trials come first."""
    drawn = [trial for trial in trials if _points(trial, metric)]
    models = _models_best_first(drawn, metric, higher_is_better)[:_MOST_PANELS]
    if not models:
        return Markup("")
    columns = min(3, len(models))
    rows = math.ceil(len(models) / columns)
    y_low, y_high = _value_range(drawn, metric)
    width = (_WIDTH - _LEFT - _RIGHT - _GAP * (columns - 1)) / columns
    colours = {name: f"series{index % 6 + 1}" for index, name in enumerate(strategies_of(trials))}
    parts = []
    for position, model in enumerate(models):
        left = _LEFT + (position % columns) * (width + _GAP)
        top = 24 + (position // columns) * (_PANEL_HEIGHT + 58)
        mine = [trial for trial in drawn if trial.model == model][:_MOST_LINES]
        scales = Scale(0.0, 1.0, left, left + width), Scale(y_low, y_high, top + _PANEL_HEIGHT, top)
        parts.append(_frame(model, scales, metric, numbered=position % columns == 0))
        parts += [_curve(trial, scales, metric, colours[trial.strategy], winner) for trial in mine]
    height = 24 + rows * (_PANEL_HEIGHT + 58) - 8
    legend, foot = _legend(colours, height)
    description = (
        f"Learning curves of {len(drawn)} attempts on {len(models)} models, validation {metric_label(metric)}."
    )
    return figure_svg(*parts, legend, width=_WIDTH, height=foot, description=description)


def _points(trial: Trial, metric: str) -> list[tuple[float, float]]:
    pairs = [(point.fraction, point.metrics.get(metric, float("nan"))) for point in trial.curve]
    return [(x, y) for x, y in pairs if math.isfinite(y)]


def _models_best_first(trials: Sequence[Trial], metric: str, higher_is_better: bool) -> list[str]:
    best: dict[str, float] = {}
    for trial in trials:
        values = [y if higher_is_better else -y for _, y in _points(trial, metric)]
        best[trial.model] = max([*values, best.get(trial.model, -math.inf)])
    return sorted(best, key=lambda model: (-best[model], model))


def _value_range(trials: Sequence[Trial], metric: str) -> tuple[float, float]:
    values = sorted(y for trial in trials for _, y in _points(trial, metric))
    low, high = values[0], values[-1]
    margin = 0.05 * (high - low) or 0.05
    return low - margin, high + margin


def _frame(model: str, scales: tuple[Scale, Scale], metric: str, *, numbered: bool) -> Markup:
    across, up = scales
    parts = [label(shorten(model, 38), across.start, up.end - 8, class_="t strong", title=model)]
    for value in ticks(up.low, up.high, 5):
        parts.append(element("line", x1=across.start, x2=across.end, y1=up(value), y2=up(value), class_="grid"))
        if numbered:
            text = figure(value, metric).replace(".0 %", " %")
            parts.append(label(text, across.start - 6, up(value) + 4, anchor="end", class_="t small"))
    for share, anchor in ((0.0, "start"), (0.5, "middle"), (1.0, "end")):
        parts.append(label(f"{100 * share:.0f} %", across(share), up.start + 15, anchor=anchor, class_="t small"))
    middle = (across.start + across.end) / 2
    parts.append(label("share of a full run", middle, up.start + 30, anchor="middle", class_="t small"))
    return element("g", *parts)


def _curve(trial: Trial, scales: tuple[Scale, Scale], metric: str, colour: str, winner: str) -> Markup:
    across, up = scales
    points = [(across(x), up(y)) for x, y in _points(trial, metric)]
    thick = " winner" if trial.id == winner else ""
    parts = [element("title", f"{trial.id}: {strategy_label(trial.strategy)}, {trial.state.value.lower()}")]
    if len(points) > 1:
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        parts.append(element("polyline", points=path, class_=f"curve {colour}{thick}"))
    x, y = points[-1]
    parts.append(element("circle", cx=x, cy=y, r=5 if thick else 3, class_=f"dot {colour}{thick}"))
    return element("g", *parts)


def _legend(colours: dict[str, str], y: float) -> tuple[Markup, float]:
    """Return the legend, in as many lines as it needs, and where the picture ends below it."""
    parts, x = [], _LEFT
    for strategy, colour in colours.items():
        text = strategy_label(strategy)
        width = 50 + 6.4 * len(text)
        if x > _LEFT and x + width > _WIDTH:
            x, y = _LEFT, y + _LEGEND_LINE
        parts.append(element("line", x1=x, x2=x + 24, y1=y + 10, y2=y + 10, class_=f"curve {colour}"))
        parts.append(label(text, x + 30, y + 14, class_="t small"))
        x += width
    return element("g", *parts), y + 26
