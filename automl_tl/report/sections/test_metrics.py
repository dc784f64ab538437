"""The sealed test part: the final model next to its baselines, and which classes are confused."""

from __future__ import annotations

from markupsafe import Markup

from automl_tl.finetune.evaluation import Evaluation
from automl_tl.finetune.nested import MOST_ROWS
from automl_tl.report.charts.confusion_heat import LARGEST_MATRIX, confused_pairs, confusion_heat
from automl_tl.report.charts.interval_rows import IntervalRow, interval_rows
from automl_tl.report.content import ReportContent
from automl_tl.report.environment import render_template
from automl_tl.report.leaks import examples_tested
from automl_tl.report.sections.base import Section, sections
from automl_tl.report.verdict import compare
from automl_tl.report.wording import figure, interval, metric_label, percent, strategy_label

__all__ = ["TestMetrics"]

_OUTCOMES = {
    "better": "final model is better",
    "worse": "final model is worse",
    "undecided": "no clear difference",
    "unknown": "not compared",
    "same": "it is the final model",
}


class TestMetrics(Section):
    """Dots with intervals, the table of metrics, and the confusion matrix."""

    __test__ = False  # not a test case, whatever pytest thinks of the name

    name = "test_metrics"
    heading = "How well it does on the test examples"
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
            examples_tested=examples_tested(content),
            chart=_dots(content),
            metrics=sorted(names, key=lambda name: (name != content.metric, name)),
            outcomes={entry.name: _OUTCOMES[compare(content, entry)] for entry in content.evaluations},
            heat=confusion_heat(matrix, content.class_names) if matrix and small else Markup(""),
            remarks=[text for text in (_coverage(content), _nested(content)) if text],
            pairs=confused_pairs(matrix, content.class_names) if matrix else [],
        )


def _remark(entry: Evaluation, content: ReportContent) -> str:
    if entry.name != "final":
        return entry.description
    final = content.final
    return f"{final.model}, {strategy_label(final.strategy, final.beside)}"


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


def _coverage(content: ReportContent) -> str:
    """Return what the prediction sets do, or "" without them."""
    found = content.coverage
    if found is None:
        return ""
    sets, expected = found.sets, found.expected
    alone = found.covered if found.by_threshold is None else found.by_threshold
    beyond = (
        f", and the threshold alone for {percent(alone)}: the most probable class always belongs to the set"
        if percent(alone) != percent(found.covered)
        else ""
    )
    each, those, tested = "rows", "inputs like these", f"{found.examples} test examples"
    if found.unit:
        each, tested = (f"{what}, one of each “{found.unit}”," for what in (each, tested))
        those = f"inputs like these, one of each new “{found.unit}”"
    return (
        f"Prediction sets ({sets.method.upper()}, calibrated on {sets.examples} {each} that nothing else has "
        f"seen) promise to hold the right class for at least {percent(1 - sets.alpha)} of {those}. On the "
        f"{tested} they hold it for {percent(found.covered)}{beyond}. Calibration "
        f"and test parts of this size let a threshold hold {percent(expected.low)} to {percent(expected.high)} "
        f"nineteen times in twenty. A set has {found.mean_size:.2f} classes on average; "
        f"{percent(found.single)} of the sets have one."
    )


def _nested(content: ReportContent) -> str:
    """Return what nested cross-validation says, or why it says nothing; "" where rows are many."""
    found = content.nested
    if found is None:
        return (
            f"A second estimate, without the test part, was not made: {content.nested_missing}. It is nested "
            "cross-validation of the best linear probe, for data sets with fewer than "
            f"{MOST_ROWS} rows beside the test part."
            if content.nested_missing
            else ""
        )
    label = metric_label(found.metric)
    chosen = ", ".join(f"{model} {count} times" for model, count in found.chosen.items())
    return (
        f"A second estimate, without the test part: {found.repeats} times {found.folds}-fold nested "
        f"cross-validation of the best linear probe on the {found.rows} other rows gives {label} "
        f"{figure(found.interval.value, found.metric)} (95 % interval {interval(found.interval, found.metric)}). "
        f"The model ({chosen}) and its penalty were chosen anew inside every fold; fine-tuning was not part of it."
    )


sections.register(TestMetrics.name, TestMetrics())
