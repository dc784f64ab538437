"""The bias report's accuracies are shown by group, with the sentence that sums them up."""

import io
import json

from rich.console import Console

from automl_tl.cli.bias_table import bias_tables
from automl_tl.fairness.base import AttributeReport, FairnessReport, GroupRow, Rate
from automl_tl.json_codec import to_plain


def test_groups_intervals_and_summary_are_shown(tmp_path):
    rows = (
        GroupRow("A", 400, {"accuracy": Rate(0.97, 388, 400, 0.95, 0.98)}),
        GroupRow("[B]", 0, {"accuracy": Rate(None, 0, 0, None, None, "no rows")}),
    )
    report = FairnessReport((AttributeReport("scanner", rows, {}, 0, "A gap of 0.1."),), ("accuracy",), 400)
    (tmp_path / "bias_report.json").write_text(json.dumps(to_plain(report)))
    console = Console(file=io.StringIO(), width=120, color_system=None)
    for table in bias_tables(tmp_path / "bias_report.json"):
        console.print(table)
    for part in ("Accuracy by scanner", "0.970", "0.950 .. 0.980", "[B]", "A gap of 0.1."):
        assert part in console.file.getvalue()


def test_numbers_have_an_error_and_no_accuracy(tmp_path):
    rows = (GroupRow("A", 40, {"mean_absolute_error": Rate(1234.5, None, 40, 1000.0, 1500.25, method="t")}),)
    report = FairnessReport((AttributeReport("site", rows, {}, 0, "No gap."),), ("mean_absolute_error",), 40)
    (tmp_path / "bias_report.json").write_text(json.dumps(to_plain(report)))
    console = Console(file=io.StringIO(), width=120, color_system=None)
    for table in bias_tables(tmp_path / "bias_report.json"):
        console.print(table)
    for part in ("Mean absolute error by site", "1234", "1000 .. 1500"):
        assert part in console.file.getvalue()
