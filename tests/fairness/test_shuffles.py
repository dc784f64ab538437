"""In a large report tests of means have as many shuffles as a violation needs, or say that they show nothing."""

import numpy as np
import pytest

from automl_tl.data.groups import group_values
from automl_tl.fairness import compare, shuffles
from automl_tl.fairness.answers import read_answers
from automl_tl.fairness.audit import audit
from automl_tl.fairness.compare import examine
from automl_tl.fairness.shuffles import first_shuffles, with_enough_shuffles


def unsure_of_one_group(classes=20, n=600):
    """An audit of 20 classes where both groups are equally often right, and only one of them surely so."""
    rng = np.random.default_rng(0)
    groups = {"sex": np.array(["f", "m"] * (n // 2)), "age": np.repeat(["old", "young"], n // 2)}
    true = rng.permutation(n) % classes
    said = np.where(np.arange(n) // 2 % 25 > 0, true, (true + 1) % classes)
    sure = np.where(groups["sex"] == "f", 0.5, 0.95) + rng.normal(0, 0.01, n)
    scores = np.repeat(((1 - sure) / (classes - 1))[:, None], classes, axis=1)
    scores[np.arange(n), said] = sure
    figures = {name: rng.normal(size=n) for name in ("size_of_the_set", "missed_by_the_set")}
    return audit(true, said, groups, y_score=scores, row_figures=figures)


def brier_of(report, attribute):
    entry = next(entry for entry in report.attributes if entry.attribute == attribute)
    return next(finding for finding in entry.findings if finding.rate == "brier_score"), entry


def test_a_certain_gap_of_a_mean_is_found_in_a_large_family():
    """About 600 units of the error budget: 9,999 shuffles could not show any gap, and 50,000 do."""
    report = unsure_of_one_group()
    found, entry = brier_of(report, "sex")
    assert report.family.tests > 160
    assert found.p_value < 1e-4
    assert (found.verdict, entry.verdict) == ("violation", "violation")
    assert next(f for f in entry.findings if f.rate == "accuracy").verdict == "no_evidence_of_violation"
    calm, _ = brier_of(report, "age")
    assert calm.verdict == "no_evidence_of_violation"
    assert calm.detectable_gap > 0


def test_where_enough_shuffles_take_too_long_there_is_no_verdict(monkeypatch):
    """Not even for the attribute without a gap: silence of a test that cannot speak is worth nothing."""
    monkeypatch.setattr(shuffles, "_NUMBERS", 0)
    monkeypatch.setattr(shuffles, "_ALWAYS", 10_000)
    report = unsure_of_one_group()
    for attribute in ("sex", "age"):
        found, entry = brier_of(report, attribute)
        assert (found.verdict, found.detectable_gap) == ("insufficient_evidence", None)
        assert "share the error budget" in found.reason
        assert entry.groups[0].comparisons["brier_score"].detectable_gap is None
        # The verdict on the attribute rests on rates with exact tests.
        assert entry.verdict == "no_evidence_of_violation"
        assert "rates could not be judged" in entry.summary


def small_family():
    rng = np.random.default_rng(1)
    group = np.array(["a", "b", "c"] * 40)
    error = rng.normal(size=120) + np.where(group == "a", 1.2, 0.0)
    answers = read_answers(np.zeros(120), error, task="regression")
    return answers, examine("g", answers, group_values(group.tolist()), seed=3, shuffles=1999)


def test_a_small_family_draws_no_second_time(monkeypatch):
    """Its first shuffles are enough, and an audit is as fast as before."""
    monkeypatch.setattr(shuffles, "redrawn", lambda *given, **named: pytest.fail("drawn again"))
    answers, entry = small_family()
    assert first_shuffles(answers, 1, 0.05) == 1999
    kept = with_enough_shuffles([entry], {("g", name): 0.01 for name in entry.tests}, seed=3, first=1999)
    assert [each.tests for each in kept] == [entry.tests]


def test_more_shuffles_only_where_they_can_make_a_p_value_smaller(monkeypatch):
    """The gap of one group is drawn again, all floors fall; where nothing is close nothing is drawn."""
    _, entry = small_family()
    plain, drawn = compare.mean_gap_p_values, []
    monkeypatch.setattr(
        compare, "mean_gap_p_values", lambda *a, **k: drawn.append(k["shuffles"]) or plain(*a, **k)
    )
    levels = {("g", name): 4e-4 for name in entry.tests}
    (more,) = with_enough_shuffles([entry], levels, seed=3, first=1999)
    close = [name for name, test in entry.tests.items() if test and min(test.p_value, *test.each) < 11 / 2000]
    assert drawn == [10_000] * len(close)
    for name, test in more.tests.items():
        before = entry.tests[name]
        assert test.floor == pytest.approx(1 / 10_001)
        assert (test.p_value == before.p_value) is (before.p_value > 11.5 / 2000)
        kept = before.each > 11.5 / 2000
        assert np.array_equal(test.each[kept], before.each[kept])
        assert (test.each[~kept] < 12 / 2000).all()


def test_p_values_of_both_steps_are_valid():
    """800 tables without a gap: no limit is passed more often than it says, of the first or all shuffles."""
    rng = np.random.default_rng(5)
    group = group_values(["a", "b"] * 10)
    found = []
    for seed in range(800):
        answers = read_answers(np.zeros(20), rng.normal(size=20), task="regression")
        entry = examine("g", answers, group, seed=seed, shuffles=99)
        levels = {("g", name): 4 / 999 for name in entry.tests}
        (more,) = with_enough_shuffles([entry], levels, seed=seed, first=99)
        found.append(more.tests["mean_error"].p_value)
    for limit in (0.004, 0.01, 0.05, 0.11, 0.12, 0.3):
        share = np.mean(np.array(found) <= limit)
        assert share <= limit + 3 * np.sqrt(limit * (1 - limit) / 800)
