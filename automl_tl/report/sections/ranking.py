"""Which candidates were compared before any fine-tuning, and how they scored."""

from __future__ import annotations

import math
from collections.abc import Sequence

from markupsafe import Markup

from automl_tl.probe.cost import efficient
from automl_tl.report.charts.ranking_bars import ranking_bars
from automl_tl.report.content import ReportContent
from automl_tl.report.environment import render_template
from automl_tl.report.sections.base import Section, sections
from automl_tl.transferability.base import RankedModel, Ranking

__all__ = ["RankingSection"]

_MOST_ROWS = 30

_RULES = {
    "static": "standing on other data, without looking at this one",
    "largest": "the largest model",
    "knn": "nearest neighbours alone",
    "logme": "LogME alone",
    "linear_probe": "the linear probe alone",
    "random": "a random choice",
}


class RankingSection(Section):
    """Bars of the combined score, the tables behind them, what models cost, and which could not be used."""

    name = "ranking"
    heading = "Which pretrained models fit this data"
    position = 30

    def render(self, content: ReportContent) -> Markup:
        """Return chart and tables."""
        usable = content.ranking.usable()
        searched = {trial.model for trial in content.trials}
        shown = usable[:_MOST_ROWS]
        measured = [row for row in shown if row.cost is not None]
        # Reports of numbers and of several labels say so by what they hold.
        share = "explained variance" if content.numbers or content.label_figures else "accuracy"
        return render_template(
            "sections/ranking.html.j2",
            content=content,
            chart=ranking_bars(shown, searched=searched, winner=content.final.model, share=share) if shown else "",
            share=share,
            shown=shown,
            hidden=len(usable) - len(shown),
            failed=[row for row in content.ranking.models if row.rank == 0],
            searched=searched,
            measured=measured,
            devices=sorted({row.cost.device for row in measured if row.cost}),
            front=_front(usable),
            remarks=_remarks(measured),
            provenance=_provenance(shown),
            scorers=content.ranking.scorers,
            rules=_RULES,
            contenders=[row.model for row in content.ranking.contenders()],
            untried=_untried(content),
            baselines=_baselines(content.ranking),
            own_regret=_loss(usable[0].expected_regret) if usable else "",
        )


def _untried(content: ReportContent) -> list[str]:
    """Return the contenders that the search left out; none where the spec does not say how many it took."""
    top_k = content.spec.get("top_k")
    return [row.model for row in content.ranking.untried_contenders(top_k)] if isinstance(top_k, int) else []


def _baselines(ranking: Ranking) -> list[tuple[str, str, str]]:
    """Return rule, its choice, and what that is expected to cost; of a random choice the mean over all."""
    regrets = {row.model: row.expected_regret for row in ranking.usable()}
    chosen = [
        (rule, model, _loss(regrets.get(model, math.nan))) for rule, model in sorted(ranking.baselines.items())
    ]
    known = [regret for regret in regrets.values() if math.isfinite(regret)]
    return [*chosen, ("random", "", _loss(sum(known) / len(known)))] if chosen and known else chosen


def _loss(regret: float) -> str:
    return f"{100 * regret:.1f} points" if math.isfinite(regret) else ""


def _front(rows: Sequence[RankedModel]) -> set[str]:
    """Return the models that no other one beats in both score and latency."""
    latencies = [row.cost.latency_ms if row.cost else math.nan for row in rows]
    marks = efficient([row.score for row in rows], latencies)
    return {row.model for row, marked in zip(rows, marks, strict=True) if marked}


def _provenance(rows: Sequence[RankedModel]) -> list[tuple[str, str, str]]:
    """Return score, of which rows it is, and its models, where data was streamed; "" means all of them."""
    models: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        for score in row.scores:
            if score in row.notes:
                models.setdefault((score, row.notes[score]), []).append(row.model)
    return [(score, note, "" if len(of) == len(rows) else ", ".join(of)) for (score, note), of in models.items()]


def _remarks(rows: Sequence[RankedModel]) -> list[tuple[str, str]]:
    """Return why a figure is unknown or how else it was found, each remark once with its models."""
    models: dict[str, list[str]] = {}
    for row in rows:
        for figure, remark in (row.cost.notes if row.cost else {}).items():
            if figure == "examples_per_second":
                continue  # the note below the table says what its dash means
            models.setdefault(f"{figure.replace('_', ' ')}: {remark}", []).append(row.model)
    return [(remark, ", ".join(of)) for remark, of in models.items()]


sections.register(RankingSection.name, RankingSection())
