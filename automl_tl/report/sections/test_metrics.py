"""The sealed test part: the final model next to its baselines, and which classes are confused."""

from __future__ import annotations

from markupsafe import Markup

from automl_tl.finetune.evaluation import Evaluation
from automl_tl.report.charts.confusion_heat import LARGEST_MATRIX, confused_pairs, confusion_heat
from automl_tl.report.charts.interval_rows import IntervalRow, interval_rows
from automl_tl.report.content import ReportContent
from automl_tl.report.environment import render_template
from automl_tl.report.sections.base import Section, sections
from automl_tl.report.verdict import compare
from automl_tl.report.wording import figure, metric_label, strategy_label

__all__ = ["TestMetrics"]

_OUTCOMES = {
    "better": "final model is better",
    "worse": "final model is worse",
    "undecided": "no clear difference",
    "unknown": "not compared",
}


class TestMetrics(Section):
    """Dots with intervals, the table of metrics, and the confusion matrix."""

    __test__ = False  # not a test case, whatever pytest thinks of the name

    name = "test_metrics"
    heading = "How well it does on data it has never seen"
    position = 50

    def applies(self, content: ReportContent) -> bool:
        """Return whether anything was measured."""
        return bool(content.evaluations)

    def render(self, content: ReportContent) -> Markup:
        """Return charts and tables."""
        names = sorted({name for entry in content.evaluations for name in entry.metrics})
        small = len(content.class_names) <= LARGEST_MATRIX
        matrix = content.confusion
        return render_template(
            "sections/test_metrics.html.j2",
            content=content,
            chart=_dots(content),
            metrics=sorted(names, key=lambda name: (name != content.metric, name)),
            outcomes={entry.name: _OUTCOMES[compare(content, entry)] for entry in content.evaluations},
            heat=confusion_heat(matrix, content.class_names) if matrix and small else Markup(""),
            pairs=confused_pairs(matrix, content.class_names) if matrix else [],
        )


def _remark(entry: Evaluation, content: ReportContent) -> str:
    if entry.name != "final":
        return entry.description
    return f"{content.final.model}, {strategy_label(content.final.strategy)}"


def _dots(content: ReportContent) -> Markup:
    rows = [
        IntervalRow(
            name="final model" if entry.name == "final" else entry.name,
            remark=_remark(entry, content),
            value=entry.metrics[content.metric].value,
            low=entry.metrics[content.metric].low,
            high=entry.metrics[content.metric].high,
            shown=figure(entry.metrics[content.metric].value, content.metric),
            emphasis="main" if entry.name == "final" else "",
        )
        for entry in content.evaluations
        if content.metric in entry.metrics
    ]
    label = metric_label(content.metric)
    return interval_rows(
        rows,
        description=f"Test {label} of the final model and {len(rows) - 1} baselines with 95 % intervals.",
        axis=f"test {label} with 95 % interval",
        tick=lambda value: figure(value, content.metric).replace(".0 %", " %"),
        bounds=(0.0, 1.0) if "%" in figure(0.5, content.metric) else None,
    )


sections.register(TestMetrics.name, TestMetrics())
