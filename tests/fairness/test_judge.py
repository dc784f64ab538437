"""One error budget for a whole report: how often it is wrong, and what it finds."""

import numpy as np
import pytest

from automl_tl.data.groups import group_values
from automl_tl.fairness.answers import read_answers
from automl_tl.fairness.audit import audit
from automl_tl.fairness.compare import examine
from automl_tl.fairness.intersections import JOINT
from automl_tl.fairness.judge import Budget, _weights, judge
from automl_tl.fairness.metrics import headline_rates


def report_of(rng, n, right, attributes=4):
    """A two-class model on 3 n rows; attribute a has groups of n, the others are noise."""
    group = np.arange(3 * n) % 3
    true = rng.integers(0, 2, 3 * n)
    pred = np.where(rng.random(3 * n) < right(group), true, 1 - true)
    groups = {"a": group, **{name: rng.permutation(group) for name in "bcd"[: attributes - 1]}}
    return audit(true, pred, {name: values.astype(str) for name, values in groups.items()})


@pytest.mark.parametrize("n", [40, 100])
def test_a_family_of_60_tests_without_disparity_is_hardly_ever_flagged(n):
    """150 reports of 4 attributes, 6 intersections and 6 rates each: at most 5 % plus two standard errors."""
    rng = np.random.default_rng(n)
    reports = [report_of(rng, n, lambda group: 0.8) for _ in range(150)]
    assert np.mean([report.family.tests for report in reports]) >= 50
    assert all(report.family.tests >= 40 for report in reports)
    flagged = [
        "violation" in report.verdicts.values() or "violation" in report.label_verdicts.values()
        for report in reports
    ]
    rule = [
        any(entry.four_fifths.verdict == "violation" for entry in (*report.attributes, *report.intersections))
        for report in reports
    ]
    assert np.mean(flagged) <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / 150)
    assert np.mean(rule) <= 0.05


def test_a_gap_of_30_points_is_found():
    """100 rows per group, in a family of 60 tests: at least 95 % of 60 reports."""
    rng = np.random.default_rng(0)
    reports = [report_of(rng, 100, lambda group: np.where(group == 0, 0.6, 0.9)) for _ in range(60)]
    assert np.mean([report.verdicts["a"] == "violation" for report in reports]) >= 0.95


def test_the_printed_gap_is_found_four_times_of_five():
    """Three points less: clearly below 80 % found; three more: above."""
    rng = np.random.default_rng(1)
    printed = report_of(rng, 100, lambda group: 0.8, 1).attributes[0].detectable_gap
    for shift, low, high in ((-0.04, 0.0, 0.8), (0.03, 0.8, 1.0)):
        found = []
        for _ in range(80):
            report = report_of(rng, 100, lambda g, s=shift: np.where(g == 0, 0.8 - printed - s, 0.8), 1)
            accuracy = next(f for f in report.attributes[0].findings if f.rate == "accuracy")
            found.append(accuracy.verdict == "violation")
        assert low <= np.mean(found) <= high


def test_of_groups_of_unequal_size_the_gap_that_the_smallest_one_would_show_is_printed():
    """40, 100 and 300 rows: printed for all that would be seen of the first, to within four points."""
    rng = np.random.default_rng(3)
    group = np.repeat(np.arange(3), (40, 100, 300))

    def report(low):
        true = rng.integers(0, 2, len(group))
        pred = np.where(rng.random(len(group)) < np.where(group == 0, low, 0.85), true, 1 - true)
        return audit(true, pred, {"a": group.astype(str)}).attributes[0]

    printed = np.mean([report(0.85).detectable_gap for _ in range(10)])
    for shift, low, high in ((-0.04, 0.0, 0.8), (0.03, 0.8, 1.0)):
        findings = [report(0.85 - printed - shift).findings for _ in range(80)]
        found = [next(f for f in each if f.rate == "accuracy").verdict == "violation" for each in findings]
        assert low <= np.mean(found) <= high


def examined(names, n_classes=2):
    rng = np.random.default_rng(2)
    answers = read_answers(rng.integers(0, n_classes, 400), rng.integers(0, n_classes, 400))
    return answers, [examine(name, answers, group_values(rng.choice(["x", "y"], 400).tolist())) for name in names]


def test_accuracy_keeps_half_of_an_attributes_share_among_many_classes():
    """Ten classes bring 50 rates: accuracy is corrected by two, not by 51."""
    answers, entries = examined(["a"], n_classes=10)
    budget = Budget.of(entries, headline_rates(answers), 0.05)
    raw = entries[0].tests["accuracy"].p_value
    assert budget.adjusted["a", "accuracy"] <= min(1.0, 2.05 * raw) + 1e-12


def test_both_of_two_groups_share_one_test():
    """Seen from either side it is the same p-value, counted once."""
    answers, entries = examined(["a"])
    budget = Budget.of(entries, headline_rates(answers), 0.05)
    assert budget.of_group("a", "accuracy", 0) == budget.of_group("a", "accuracy", 1)
    report = judge(entries[0], headline_rates(answers), answers.favourable, budget, named=answers.named)
    first, second = (row.comparisons["accuracy"] for row in report.groups)
    assert first.p_value == pytest.approx(second.p_value)
    assert first.difference.value == pytest.approx(-second.difference.value)


def test_headline_rates_have_two_thirds_of_the_budget_and_the_first_of_them_half_of_that():
    """Whatever else is tested; intersections have a fifth of the whole."""
    others = [f"precision[{n}]" for n in range(7)]
    rates = ["accuracy", "true_positive_rate[1]", "false_positive_rate[1]", *others]
    keys = [(attribute, rate) for attribute in ("a", "b", f"a{JOINT}b") for rate in rates]
    weights = dict(zip(keys, _weights(keys, rates[:3]), strict=True))
    total = sum(weights.values())
    for attribute, whole in (("a", 0.4), ("b", 0.4), (f"a{JOINT}b", 0.2)):
        assert sum(weights[attribute, rate] for rate in rates) / total == pytest.approx(whole)
        assert weights[attribute, "accuracy"] / total == pytest.approx(whole / 3)
        assert weights[attribute, "true_positive_rate[1]"] / total == pytest.approx(whole / 6)
    alone = dict(zip(keys, _weights(keys, ("accuracy",)), strict=True))
    assert alone["a", "accuracy"] / sum(alone.values()) == pytest.approx(0.4 * 2 / 3)
