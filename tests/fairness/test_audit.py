"""The whole audit: groups, rates, gaps, tests and plain sentences."""

import json

import numpy as np
import pytest

import automl_tl.fairness
from automl_tl.errors import InvalidInput
from automl_tl.fairness.audit import audit
from automl_tl.fairness.base import FairnessReport
from automl_tl.json_codec import from_plain, to_plain


def degraded(n=200, seed=0):
    """Right in 98 % of clean rows and 70 % of degraded rows."""
    rng = np.random.default_rng(seed)
    scanner = np.array(["clean", "degraded"] * (n // 2))
    true = rng.integers(0, 3, n)
    wrong = rng.random(n) < np.where(scanner == "clean", 0.02, 0.3)
    return true, np.where(wrong, (true + 1) % 3, true), scanner


def test_a_real_gap_is_found_and_named():
    """Verdict, worst group, interval and sentence agree."""
    true, pred, scanner = degraded()
    report = audit(true, pred, {"scanner": scanner}, ("a", "b", "c"))
    (attribute,) = report.attributes
    clean, worse = attribute.groups
    assert attribute.verdict == "evidence_of_a_gap"
    assert attribute.worst_group == "degraded"
    assert attribute.p_adjusted < 0.001
    assert (clean.count, worse.count, report.count) == (100, 100, 200)
    assert attribute.gaps["accuracy"] == pytest.approx(
        clean.rates["accuracy"].value - worse.rates["accuracy"].value
    )
    assert worse.versus_rest.high < 0
    assert "where “scanner” is “degraded”" in attribute.summary
    assert "points less" in attribute.summary


def test_no_gap_never_means_fair():
    """With enough rows the sentence says what could have been missed."""
    rng = np.random.default_rng(1)
    true = rng.integers(0, 2, 200)
    pred = np.where(rng.random(200) < 0.1, 1 - true, true)
    (attribute,) = audit(true, pred, {"site": ["a", "b"] * 100}, ("no", "yes")).attributes
    assert attribute.verdict == "no_evidence_of_a_gap"
    assert "not proof" in attribute.summary
    assert 0.05 < attribute.detectable_gap < 0.2


def test_few_rows_are_not_enough():
    """Twelve rows in two groups support no verdict; groups under ten rows are not tested at all."""
    (attribute,) = audit([0, 1] * 6, [0, 1] * 6, {"site": ["a", "b"] * 6}, ("no", "yes")).attributes
    assert attribute.verdict == "not_enough_data"
    assert (attribute.p_value, attribute.worst_group) == (None, "")
    assert "at least two groups of 30" in attribute.summary


def test_one_gap_among_many_attributes_is_corrected():
    """Holm multiplies; a column of noise stays without evidence."""
    true, pred, scanner = degraded()
    noise = np.random.default_rng(5).choice(["x", "y"], len(true))
    report = audit(true, pred, {"noise": noise, "scanner": scanner}, ("a", "b", "c"))
    noisy, real = report.attributes
    assert noisy.verdict == "no_evidence_of_a_gap"
    assert real.p_adjusted == pytest.approx(2 * real.p_value)


def test_no_attribute_is_flagged_when_there_is_no_gap():
    """40 null audits with three attributes each: false alarms stay near the nominal 5 %."""
    rng = np.random.default_rng(7)
    alarms = 0
    for _ in range(40):
        true = rng.integers(0, 2, 120)
        pred = np.where(rng.random(120) < 0.2, 1 - true, true)
        groups = {name: rng.choice(["x", "y", "z"], 120) for name in "abc"}
        report = audit(true, pred, groups, ("n", "y"))
        alarms += any(a.verdict == "evidence_of_a_gap" for a in report.attributes)
    assert alarms <= 6


def test_unmeasurable_rates_are_none_and_leave_the_gap():
    """A group without any positive has no true-positive rate, and the gap needs two groups."""
    report = audit([1, 1, 0, 0], [1, 0, 0, 0], {"g": ["a", "a", "b", "b"]}, ("no", "yes"))
    (attribute,) = report.attributes
    assert report.positive_class == "yes"
    assert report.rate_names[1] == "selection_rate[yes]"
    assert attribute.groups[1].rates["true_positive_rate[yes]"].value is None
    assert attribute.gaps["true_positive_rate[yes]"] is None


def test_unknown_values_are_counted():
    """None, NaN and blanks are unknown, not a group."""
    (attribute,) = audit(["a", "b", "a"], ["a", "b", "b"], {"g": ["x", None, float("nan")]}).attributes
    assert attribute.unknown == 2
    assert [row.group for row in attribute.groups] == ["x"]
    assert attribute.groups[0].versus_rest is None


def test_many_classes_are_limited_and_it_is_said():
    """30 classes: rates for the 20 most frequent, and a note."""
    true = np.concatenate([np.arange(30), np.arange(20)])
    report = audit(true, true, {"g": ["x", "y"] * 25}, [f"c{i}" for i in range(30)])
    assert len(report.rate_names) == 41
    assert "20 most frequent of 30" in report.notes[0]


def test_the_public_name_takes_labels_as_they_are():
    """automl_tl.fairness.audit works without class names."""
    report = automl_tl.fairness.audit(["cat", "dog"], ["cat", "cat"], {"g": ["x", "y"]}, positive_class="cat")
    assert report.positive_class == "cat"
    assert report.attributes[0].groups[1].rates["accuracy"].value == 0.0


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (([0, 1], [0], {}), "y_pred must be as long"),
        (([0, 1], [0, 1], {"g": ["x"]}), "one value per row"),
        (([0, 5], [0, 1], {}, ("a", "b")), r"y_true\[1\]"),
    ],
)
def test_bad_input_names_the_field(arguments, text):
    """Rule, value and field are in the message."""
    with pytest.raises(InvalidInput, match=text):
        audit(*arguments)


def test_an_unknown_positive_class_is_refused():
    """The known ones are listed."""
    with pytest.raises(InvalidInput, match="no, yes"):
        audit([0], [1], {}, ("no", "yes"), positive_class="maybe")


def test_json_round_trip():
    """The report survives its JSON text exactly."""
    true, pred, scanner = degraded()
    report = audit(true, pred, {"scanner": scanner, "empty": [""] * 200}, ("a", "b", "c"))
    assert from_plain(FairnessReport, json.loads(json.dumps(to_plain(report)))) == report
