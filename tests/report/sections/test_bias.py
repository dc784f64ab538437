"""The section ``bias`` keeps the contract of sections."""

import json
import re
from dataclasses import replace

import numpy as np

from automl_tl.fairness import audit
from automl_tl.fairness.intersections import JOINT
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


def test_a_page_that_leaves_small_groups_out_says_what_that_is_not():
    """Their rates follow from everybody else's: no secret is promised; without such groups nothing is said."""
    assert "so this page keeps no secret about a single person" in render_bias(small_group())
    assert "no secret" not in render_bias(audit([0, 1] * 60, [0, 1] * 60, ["a", "b", "b", "a"] * 30))


def test_an_outcome_is_called_favourable_only_where_somebody_said_so():
    """Of two classes the last one's rates are told either way."""
    true, groups = ["no", "yes"] * 60, ["a", "b", "b", "a"] * 30
    assert "“yes”; nobody named a favourable outcome" in render_bias(audit(true, true, groups))
    html = render_bias(audit(true, true, groups, favourable="yes"))
    assert "“yes” was named as the favourable outcome" in html
    assert "nobody named" not in html


def test_the_line_of_all_groups_leaves_out_those_that_are_not_shown(monkeypatch):
    """50 of 60 and not 51 of 61, from which the single answer could be told."""
    drawn = []
    monkeypatch.setattr(bias, "interval_rows", lambda rows, **options: drawn.append(options) or "")
    render_bias(small_group())
    assert drawn[0]["reference"] == (50 / 60, "groups that are shown")
    assert "dashed line: groups that are shown together" in drawn[0]["axis"]


def test_many_attributes_share_the_room_of_the_page():
    """Twelve attributes of 14 groups and 20 classes stay far below 2 MB, and the page says what it leaves out."""
    rng = np.random.default_rng(0)
    true = rng.integers(0, 20, 2000)
    pred = np.where(rng.random(2000) < 0.8, true, rng.integers(0, 20, 2000))
    columns = {f"attribute {n}": [f"group {g}" for g in rng.integers(0, 14, 2000)] for n in range(12)}
    report = audit(true, pred, columns)
    html = render_bias(report)
    assert len(html.encode()) < 1_000_000
    part = html.split("<h3>")[1]
    tables = part[part.index("All rates by group") :].split("</table>")[:2]
    # Many groups stand below each other: the first table has a heading for each rate and one for the sizes.
    rows = tables[0].count("rowgroup") - 1 + tables[1].count("<tr>") - 1
    every = len(report.rate_names) + sum(
        versus.difference is not None
        for group in report.attributes[0].groups
        for versus in group.comparisons.values()
    )
    told = re.search(r"matter most; (.+?) further rows of these two tables are in the JSON report only", part)[1]
    assert int(re.sub(r"\D", "", told)) == every - rows > 0
    assert "further row" not in render_bias(audit([0, 1] * 60, [0, 1] * 60, ["a", "b", "b", "a"] * 30))


def crossed(**options):
    """Two attributes; the combinations of four groups each are selected to a different share."""
    rng = np.random.default_rng(1)
    one, other = rng.choice(["a", "b"], 1200), rng.choice(["x", "y"], 1200)
    pred = (rng.random(1200) < np.where((one == "a") & (other == "x"), 0.2, 0.7)).astype(int)
    return audit(
        rng.integers(0, 2, 1200), pred, {"one": one, "other": other}, class_names=("no", "yes"), **options
    )


def test_combinations_have_their_rates_and_the_rule():
    """Selection rates with their denominators and the impact ratios, as for single attributes."""
    report = crossed(favourable="yes")
    (joint,) = report.intersections
    html = render_bias(report)
    part = html[html.index("Combinations of attributes") :]
    assert f"All rates by group of “{joint.attribute}”" in part
    group = next(row for row in joint.groups if row.group == f"a{JOINT}x")
    rate = group.rates[next(name for name in report.rate_names if name.startswith("selection_rate"))]
    assert f"{rate.numerator} of {rate.denominator}<" in part
    assert f"Ratios to “{joint.four_fifths.reference}”" in part
    assert "Four-fifths rule" in part
    table = part[: part.index("</table>")]
    assert '<th scope="col">four-fifths rule</th>' in table
    assert table.count("violation</span></td></tr>") == 1


def test_without_an_outcome_no_rule_is_spoken_of():
    """Neither in the table of combinations nor below it."""
    rng = np.random.default_rng(1)
    true = rng.integers(0, 3, 400)
    groups = {"one": rng.choice(["a", "b"], 400), "other": rng.choice(["x", "y"], 400)}
    html = render_bias(audit(true, true, groups))
    assert "our-fifths rule" not in html[html.index("Combinations of attributes") :]


def test_what_the_page_leaves_out_of_many_combinations_is_said():
    """Fifteen combinations of twenty groups stay far below 2 MB; the rule and the shares stay in any case."""
    report = crossed(favourable="yes")
    (joint,) = report.intersections
    groups = tuple(replace(row, group=f"{row.group} {copy}") for copy in range(5) for row in joint.groups)
    many = tuple(replace(joint, attribute=f"{joint.attribute} {copy}", groups=groups) for copy in range(15))
    html = render_bias(replace(report, intersections=many))
    assert len(html.encode()) < 1_000_000
    part = html[html.index("Combinations of attributes") :]
    assert part.count("among them each group against all others, are in the JSON report only") == 15
    assert part.count("Each group against all others") == 0
    assert part.count("<strong>Four-fifths rule</strong>") == 15
    shares = part[part.index("All rates by group") :]
    assert "selection rate" in shares[: shares.index("</table>")].lower()


def test_names_in_a_note_keep_their_letters():
    """A column is called as the data call it."""
    sample = sample_image_report()
    noted = replace(sample.fairness, notes=("rows with the same “Patient_ID” resemble each other",))
    html = str(Bias().render(replace(sample, fairness=noted)))
    assert "Rows with the same “Patient_ID” resemble each other." in html


def test_a_test_is_called_exact_only_where_it_is():
    """Means are tested by random shuffles; shares by the law of all of them; a table with both says so."""
    rng = np.random.default_rng(3)
    true, group = rng.normal(size=200), {"g": ["a", "b"] * 100}
    numbers = str(render_bias(audit(true, true + rng.normal(size=200), group)))
    assert "Permutation test of the largest gap in mean absolute error" in numbers
    assert "permutation test of random shuffles, and the gap" in numbers
    assert "exact" not in numbers.lower()
    classes = rng.integers(0, 2, 200)
    plain = str(render_bias(audit(classes, classes, group)))
    assert "Exact permutation test of the largest gap in accuracy" in plain
    assert "intervals, exact test, and the gap" in plain
    scored = str(render_bias(audit(classes, classes, group, y_score=rng.random(200))))
    assert "Exact permutation test of the largest gap in accuracy" in scored
    assert "exact test (of means: random shuffles), and the gap" in scored


def test_of_many_groups_the_ones_that_matter_are_drawn():
    """Fifty groups: the worst one is on the page wherever its name stands, and how many are missing is said."""
    rng = np.random.default_rng(5)
    state = np.array([f"s{i % 50:02d}" for i in range(5000)])
    true = rng.integers(0, 2, 5000)
    pred = np.where(rng.random(5000) < np.where(state == "s35", 0.55, 0.9), true, 1 - true)
    report = audit(true, pred, {"state": state}, favourable=1)
    html = render_bias(report)
    assert len(html.encode()) < 200_000
    chart = html[: html.index("Drawn are 24 of 50 groups")]
    assert chart.count("n = 100") == 24
    table = html[html.index("All rates by group") :]
    assert table.count("<td>s35</td>") > 3
    assert "The 24 lowest of 49 ratios; all are in the JSON report." in html
    assert "Drawn are" not in render_bias(small_group())


def test_all_groups_are_those_that_have_rows(monkeypatch):
    """A group without any is missing from no sum."""
    drawn = []
    monkeypatch.setattr(bias, "interval_rows", lambda rows, **options: drawn.append(options) or "")
    render_bias(audit([0, 1] * 60, [0, 1] * 60, ["a", "b", "b", "a"] * 30, group_sizes={"group": {"c": 5}}))
    assert drawn[0]["reference"] == (1.0, "all groups")
