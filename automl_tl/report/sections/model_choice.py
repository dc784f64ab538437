"""Why this model: what moved ranking and search, the winner against the runner-up, cost beside accuracy."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from markupsafe import Markup

from automl_tl.choice.base import ModelChoice, SearchInfluences
from automl_tl.choice.base import Share as SearchShare
from automl_tl.report.charts.cost_scatter import cost_scatter
from automl_tl.report.charts.interval_rows import IntervalRow, interval_rows
from automl_tl.report.charts.share_bars import ShareRow, share_bars
from automl_tl.report.content import ReportContent
from automl_tl.report.environment import render_template
from automl_tl.report.sections.base import Section, sections
from automl_tl.report.wording import figure, metric_label, signed_points
from automl_tl.transferability.base import RankedModel
from automl_tl.transferability.standing import EXPERIENCE, PUBLISHED, SIZE

__all__ = ["ModelChoiceSection"]

_MOST_BARS = 10
_LEAST_SHOWN = 0.01
_FEWEST_POINTS = 2
_SURROGATES = {"gaussian_process": "a Gaussian process", "extra_trees": "extremely randomised trees"}


class ModelChoiceSection(Section):
    """Shares in the ranking, influences of the search's factors, a paired test, and the Pareto front."""

    name = "model_choice"
    heading = "Why this model"
    position = 42

    def applies(self, content: ReportContent) -> bool:
        """Return whether the choice was looked into."""
        return content.choice is not None

    def render(self, content: ReportContent) -> Markup:
        """Return charts, and a reason for each that is missing."""
        choice = content.choice
        assert choice is not None
        told = choice.influences
        return render_template(
            "sections/model_choice.html.j2",
            content=content,
            choice=choice,
            told=told,
            surrogate=_SURROGATES.get(told.surrogate.kind, "") if told.surrogate else "",
            ranked=_ranked(content),
            others=[row for row in content.ranking.usable()[:6] if row.shares],
            share_names=_names(content),
            influences=_influences(content, told),
            winner=_shares(content, told.winner, "the winner's expected result"),
            difference=_shares(content, told.difference, "what the winner is expected to be better by"),
            costs=_costs(content, choice),
            front=[point for point in choice.costs if point.efficient],
        )


def _ranked(content: ReportContent) -> Markup | str:
    """Return the shares in the standing of the final model's pretrained weights, against the average candidate."""
    usable = [row for row in content.ranking.usable() if row.shares]
    ours = next((row for row in usable if row.model == content.final.model), None)
    if ours is None or len(usable) < 2:
        return ""
    rows = [
        ShareRow(metric_label(name), "", ours.shares.get(name, 0.0) - _mean(usable, name))
        for name in _names(content)
    ]
    rows.sort(key=lambda row: -abs(row.share))
    description = f"What puts {ours.model} above or below the average candidate, in log-odds: " + "; ".join(
        f"{row.name} {_signed(row.share)}" for row in rows
    )
    return share_bars(rows, description=description, shown=_signed)


def _names(content: ReportContent) -> list[str]:
    """Return the names of the shares: scores in the ranking's order, then what else is known."""
    known = {name for row in content.ranking.usable() for name in row.shares}
    return [name for name in (*content.ranking.scorers, PUBLISHED, SIZE, EXPERIENCE) if name in known]


def _mean(rows: Sequence[RankedModel], name: str) -> float:
    return sum(row.shares.get(name, 0.0) for row in rows) / len(rows)


def _signed(value: float) -> str:
    return f"{value:+.2f}".replace("-", "\N{MINUS SIGN}")


def _influences(content: ReportContent, told: SearchInfluences) -> Markup | str:
    if not told.influences:
        return ""
    rows = [
        IntervalRow(
            metric_label(entry.factor),
            f"only in {', '.join(entry.within)}" if entry.within else "",
            entry.size.value,
            entry.size.low,
            entry.size.high,
            _size(content)(entry.size.value),
            "main" if place == 0 else "",
        )
        for place, entry in enumerate(told.influences[:_MOST_BARS])
    ]
    description = (
        f"Average influence on the validation {metric_label(content.metric)} over {told.trials} trials: "
        + "; ".join(f"{row.name} {row.shown}" for row in rows)
    )
    return interval_rows(
        rows,
        description=description,
        axis="mean size of the share in a trial's result, with 95 % interval",
        tick=_size(content),
        bounds=(0.0, float("inf")),
    )


def _size(content: ReportContent) -> Callable[[float], str]:
    return lambda value: signed_points(value, content.metric).lstrip("+")


def _shares(content: ReportContent, shares: Sequence[SearchShare], what: str) -> Markup | str:
    # What is a hundredth of the largest share reads as a zero with a sign.
    least = _LEAST_SHOWN * max((abs(share.share) for share in shares), default=0.0)
    shown = [share for share in shares if abs(share.share) > least][:_MOST_BARS]
    if not shown:
        return ""
    rows = [ShareRow(metric_label(share.factor), _settings(share), share.share) for share in shown]
    description = f"Shares in {what}: " + "; ".join(
        f"{row.name} {signed_points(row.share, content.metric)}" for row in rows
    )
    return share_bars(rows, description=description, shown=lambda value: signed_points(value, content.metric))


def _settings(share: SearchShare) -> str:
    if not share.other or share.other == share.value:
        return share.value or "does not have it"
    return f"{share.value or 'none'} instead of {share.other}"


def _costs(content: ReportContent, choice: ModelChoice) -> Markup | str:
    if len(choice.costs) < _FEWEST_POINTS:
        return ""
    return cost_scatter(
        choice.costs,
        winner=content.final.trial,
        higher_is_better=content.higher_is_better,
        axis=f"validation {metric_label(content.metric)}",
        shown=lambda value: figure(value, content.metric),
    )


sections.register(ModelChoiceSection.name, ModelChoiceSection())
