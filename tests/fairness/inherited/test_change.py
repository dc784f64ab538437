"""States and models side by side."""

from dataclasses import replace

import numpy as np
import pytest

from automl_tl.fairness import audit
from automl_tl.fairness.findings import Inherited
from automl_tl.fairness.inherited.change import bias_column, compare_states


def swap(value, low, high, what="names", verdict="violation"):
    return Inherited("term_swap", "m", what, value, low, high, 100, verdict, "")


def asked(shares, what):
    """Return a test whose sentences have these shares of changed answers, of ten each."""
    shares = tuple(np.round(np.asarray(shares, dtype=float), 4))
    return Inherited("term_swap", "m", what, float(np.mean(shares)), 0, 1, 10 * len(shares), "", "", shares=shares)


class TestCompareStates:
    def test_sentences_are_compared_one_by_one(self):
        """Better and worse although the sentences differ by far more than the states; unclear where both win."""
        base = np.linspace(0.2, 0.8, 12)
        before = [asked(base, "names"), asked(base, "identity"), asked(base, "own")]
        turns = np.array([0.1, -0.1] * 6)
        after = [asked(base - 0.1, "names"), asked(base + 0.1, "identity"), asked(base + turns, "own")]
        changes = compare_states(before, after)
        assert [change.direction for change in changes] == ["better", "worse", "unclear"]
        assert changes[0].low is None
        assert changes[2].low < 0 < changes[2].high

    def test_the_p_value_is_that_of_all_signs(self):
        """Eight sentences that all changed alike: one of 2 x 128 ways, two-sided; tripled for three tests."""
        base = np.full(8, 0.5)
        before = [asked(base, what) for what in ("names", "identity", "own")]
        after = [asked(base - 0.1, "names"), asked(base, "identity"), asked(base, "own")]
        changes = compare_states(before, after)
        assert changes[0].p_adjusted == pytest.approx(3 * 2 / 2**8)
        assert [change.p_adjusted for change in changes[1:]] == [1.0, 1.0]

    def test_five_sentences_prove_nothing(self):
        """Chance alone favours one state five times of five once in sixteen."""
        (change,) = compare_states([asked([0.9] * 5, "names")], [asked([0.0] * 5, "names")])
        assert (change.direction, change.p_adjusted) == ("unclear", pytest.approx(2 / 2**5))

    def test_equal_answers_have_no_interval(self):
        """Nothing was seen to differ: that is not a difference of exactly zero."""
        (change,) = compare_states([asked([0.1, 0.2], "names")], [asked([0.1, 0.2], "names")])
        assert (change.direction, change.low, change.high, change.p_adjusted) == ("unclear", None, None, 1.0)

    def test_other_sentences_are_not_compared(self):
        """Where time cut a test short, or it has no answers, only the figures stand beside each other."""
        (change,) = compare_states([asked([0.9] * 9, "names")], [asked([0.0] * 8, "names")])
        assert (round(change.before, 6), change.after, change.direction, change.p_adjusted) == (
            0.9,
            0.0,
            "not compared",
            None,
        )

    def test_only_tests_of_both_states_are_paired(self):
        """A test that is missing, or was not made, is no pair."""
        before = [asked([0.1], "names"), asked([0.1], "identity")]
        late = Inherited("term_swap", "m", "identity", None, None, None, 0, "insufficient_evidence", "no time")
        assert [change.what for change in compare_states(before, [asked([0.3], "names"), late])] == ["names"]
        assert compare_states(before, []) == ()

    @pytest.mark.parametrize("seed", range(3))
    def test_states_that_answer_alike_are_seldom_told_apart(self, seed):
        """At most one comparison of twenty, here of 200, by more than chance."""
        rng = np.random.default_rng(seed)
        found = [
            compare_states([asked(rng.random(12), "names")], [asked(rng.random(12), "names")])[0].direction
            for _ in range(200)
        ]
        assert sum(direction != "unclear" for direction in found) <= 20


def test_the_leaderboard_gets_a_cell_per_model():
    """The violation, its group and its gap; silence otherwise."""
    rng = np.random.default_rng(0)
    true, group = rng.integers(0, 2, 400), np.array(["a", "b"] * 200)
    right = np.where(rng.random(400) < 0.9, true, 1 - true)
    worse = np.where((group == "b") & (rng.random(400) < 0.4), 1 - right, right)
    cells = bias_column({"calm": audit(true, right, {"g": group}), "bad": audit(true, worse, {"g": group})})
    assert [(cell.model, cell.verdict) for cell in cells] == [
        ("calm", "no_evidence_of_violation"),
        ("bad", "violation"),
    ]
    assert (cells[1].attribute, cells[1].group) == ("g", "b")
    assert cells[1].gap > cells[0].gap
    assert (cells[1].rate, cells[1].share) == ("accuracy", True)
    assert bias_column({"m": audit(true, right, {})})[0].verdict == "insufficient_evidence"


def test_a_cell_tells_what_a_model_inherited():
    """A violation by name; silence needs every test to have spoken; nothing asked is no verdict."""
    report = audit([0, 1] * 20, [0, 1] * 20, {})
    calm = swap(0.1, 0.0, 0.2, verdict="no_evidence_of_violation")
    late = Inherited("term_swap", "m", "own", None, None, None, 0, "insufficient_evidence", "no time")
    tests = {"bad": [swap(0.3, 0.2, 0.4, "jobs"), calm], "calm": [calm], "late": [calm, late], "cut": [late]}
    reports = dict.fromkeys([*tests, "unasked"], report)
    cells = bias_column(reports, tests, {"bad": "t0001"})
    told = [(cell.inherited, cell.inherited_worst) for cell in cells]
    assert told == [
        ("violation", "jobs"),
        ("no_evidence_of_violation", ""),
        ("insufficient_evidence", ""),
        ("insufficient_evidence", ""),
        ("", ""),
    ]
    assert [cell.changed for cell in cells] == [0.2, 0.1, 0.1, None, None]
    assert [cell.trial for cell in cells] == ["t0001", "", "", "", ""]


def test_a_cell_has_the_gap_of_the_figure_that_its_verdict_is_about():
    """Accuracy is equal in both groups; who is not found differs by half."""
    rng = np.random.default_rng(3)
    true, group = rng.integers(0, 2, 2000), np.array(["a", "b"] * 1000)
    missed = (group == "b") & (true == 1) & (rng.random(2000) < 0.5)
    invented = (group == "a") & (true == 0) & (rng.random(2000) < 0.5)
    pred = np.where(missed, 0, np.where(invented, 1, true))
    report = audit(true, pred, {"g": group}, favourable=1)
    (cell,) = bias_column({"m": report})
    assert cell.verdict == "violation"
    assert cell.rate == report.attributes[0].worst_rate != "accuracy"
    assert cell.gap == report.attributes[0].gaps[cell.rate] > 0.3
    finding = next(each for each in report.attributes[0].findings if each.rate == cell.rate)
    assert cell.detectable_gap == finding.detectable_gap


def test_a_cell_names_the_attribute_that_its_verdict_is_about():
    """Three points without evidence beside forty that nobody can judge: the forty are told, with their group."""
    right = [0, 1] * 60
    report = audit(right, right, {"calm": ["a", "b"] * 60, "small": ["many", "few"] * 60})
    calm, small = (
        replace(entry, verdict=verdict, worst_group=group, gaps={**entry.gaps, entry.worst_rate: gap})
        for entry, verdict, group, gap in zip(
            report.attributes,
            ("no_evidence_of_violation", "insufficient_evidence"),
            ("a", "few"),
            (0.03, 0.4),
            strict=True,
        )
    )
    for attributes in ((calm, small), (small, calm)):
        (cell,) = bias_column({"m": replace(report, attributes=attributes)})
        assert (cell.verdict, cell.attribute) == ("insufficient_evidence", "small")
        assert (cell.group, cell.gap) == ("few", 0.4)
    violated = replace(calm, verdict="violation")
    (cell,) = bias_column({"m": replace(report, attributes=(small, violated))})
    assert (cell.verdict, cell.attribute, cell.gap) == ("violation", "calm", 0.03)
