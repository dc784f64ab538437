"""The section ``bias`` keeps the contract of sections."""

import json
import re

import numpy as np

from automl_tl.fairness import audit
from automl_tl.report.sections import bias
from automl_tl.report.sections.bias import Bias, render_bias
from automl_tl.testing.report_sample import sample_image_report, sample_text_report
from automl_tl.testing.report_section import ReportSectionContract


class TestContract(ReportSectionContract):
    section = Bias()


def test_sizes_and_verdicts_are_printed():
    """Every group row carries its n; binning is said openly."""
    html = Bias().render(sample_image_report())
    assert "violation</span>" in html
    assert "no evidence of a violation" in html
    assert "n = 131" in html
    assert "cut into 4 groups" in html


def test_without_attributes_there_is_no_section():
    """The limits section says so instead."""
    assert not Bias().applies(sample_text_report())


def small_group():
    """30 rows each of a and b, and one of c whose label is "yes" and whose answer is right."""
    true = np.array([0, 1] * 30 + [1])
    pred = np.where(np.arange(61) % 6 == 0, 1 - true, true)
    pred[60] = 1
    return audit(true, pred, {"site": ["a"] * 30 + ["b"] * 30 + ["c"]}, class_names=("no", "yes"))


def test_a_single_person_is_in_no_published_count():
    """Neither on the page nor in the JSON; what is missing has its reason in visible words."""
    report = small_group()
    html = render_bias(report)
    assert not re.search(r"[01] of 1<", html)
    assert 'title="not shown' not in html
    assert re.search(r'<span class="sub[^"]*">not shown: only 1 row, fewer than 10</span>', html)
    (attribute,) = json.loads(report.to_json())["attributes"]
    alone = next(row for row in attribute["groups"] if row["group"] == "c")
    assert {(rate["numerator"], rate["denominator"]) for rate in alone["rates"].values()} == {(None, 1)}


def test_the_line_of_all_groups_leaves_out_those_that_are_not_shown(monkeypatch):
    """50 of 60 and not 51 of 61, from which the single answer could be told."""
    drawn = []
    monkeypatch.setattr(bias, "interval_rows", lambda rows, **options: drawn.append(options) or "")
    render_bias(small_group())
    assert drawn[0]["reference"] == (50 / 60, "groups that are shown")
    assert "dashed line: groups that are shown together" in drawn[0]["axis"]
