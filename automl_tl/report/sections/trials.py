"""What the search tried and how each attempt learnt."""

from __future__ import annotations

import math

from markupsafe import Markup

from automl_tl.report.charts.learning_curves import learning_curves
from automl_tl.report.content import ReportContent
from automl_tl.report.environment import render_template
from automl_tl.report.sections.base import Section, sections
from automl_tl.search.trial import Trial

__all__ = ["Trials"]

_MOST_ROWS = 40
_WORST_FIRST = {
    "violation": ("bad", "violation"),
    "insufficient_evidence": ("unknown", "unclear"),
    "no_evidence_of_violation": ("caution", "none seen"),
}


class Trials(Section):
    """Learning curves and the table of trials, best first."""

    name = "trials"
    heading = "How the model was fine-tuned"
    position = 40

    def applies(self, content: ReportContent) -> bool:
        """Return whether there was any trial."""
        return bool(content.trials)

    def render(self, content: ReportContent) -> Markup:
        """Return chart and table."""
        ordered = sorted(content.trials, key=lambda trial: _rank_key(trial, content.higher_is_better))
        chart = learning_curves(
            content.trials,
            metric=content.metric,
            winner=content.final.trial,
            higher_is_better=content.higher_is_better,
        )
        return render_template(
            "sections/trials.html.j2",
            content=content,
            chart=chart,
            shown=ordered[:_MOST_ROWS],
            hidden=max(len(ordered) - _MOST_ROWS, 0),
            overtaken=sum(trial.state.value == "PRUNED" and not trial.error for trial in content.trials),
            cut=sum(trial.state.value == "PRUNED" and bool(trial.error) for trial in content.trials),
            failed=sum(trial.state.value == "FAILED" for trial in content.trials),
            bias=_bias(content),
            hyperparameters=sorted(content.final.hyperparameters.items()),
        )


def _bias(content: ReportContent) -> dict[str, tuple[str, str]]:
    """Return the worst verdict on each finalist by trial: between groups, and of what it brought along."""
    cells = content.fairness.finalists if content.fairness is not None else ()
    worst = {}
    for cell in cells:
        said = {cell.verdict if cell.attribute else "", cell.inherited}
        found = next((verdict for verdict in _WORST_FIRST if verdict in said), "")
        if cell.trial and found:
            worst[cell.trial] = _WORST_FIRST[found]
    return worst


def _rank_key(trial: Trial, higher_is_better: bool) -> tuple[bool, float, int]:
    value = trial.value if higher_is_better else -trial.value
    return math.isnan(trial.value), 0.0 if math.isnan(value) else -value, trial.number


sections.register(Trials.name, Trials())
