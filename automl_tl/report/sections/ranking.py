"""Which candidates were compared before any fine-tuning, and how they scored."""

from __future__ import annotations

from markupsafe import Markup

from automl_tl.report.charts.ranking_bars import ranking_bars
from automl_tl.report.content import ReportContent
from automl_tl.report.environment import render_template
from automl_tl.report.sections.base import Section, sections

__all__ = ["RankingSection"]

_MOST_ROWS = 30

_RULES = {
    "static": "published figures, without looking at the data",
    "largest": "the largest model",
    "knn": "nearest neighbours alone",
    "logme": "LogME alone",
    "linear_probe": "the linear probe alone",
}


class RankingSection(Section):
    """Bars of the combined score, the table behind them, and models that could not be used."""

    name = "ranking"
    heading = "Which pretrained models fit this data"
    position = 30

    def render(self, content: ReportContent) -> Markup:
        """Return chart and tables."""
        usable = content.ranking.usable()
        searched = {trial.model for trial in content.trials}
        shown = usable[:_MOST_ROWS]
        return render_template(
            "sections/ranking.html.j2",
            content=content,
            chart=ranking_bars(shown, searched=searched, winner=content.final.model) if shown else Markup(""),
            shown=shown,
            hidden=len(usable) - len(shown),
            failed=[row for row in content.ranking.models if row.rank == 0],
            searched=searched,
            scorers=content.ranking.scorers,
            rules=_RULES,
            baselines=sorted(content.ranking.baselines.items()),
        )


sections.register(RankingSection.name, RankingSection())
