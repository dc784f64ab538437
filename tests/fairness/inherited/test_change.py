"""States and models side by side."""

import numpy as np

from automl_tl.fairness import audit
from automl_tl.fairness.findings import Inherited
from automl_tl.fairness.inherited.change import bias_column, compare_states


def swap(value, low, high, what="names", verdict="violation"):
    return Inherited("term_swap", "m", what, value, low, high, 100, verdict, "")


def test_only_separate_intervals_are_a_change():
    """Better, worse, and unclear where they overlap or a test is missing."""
    before = [swap(0.3, 0.2, 0.4), swap(0.1, 0.05, 0.15, "identity"), swap(0.1, 0.0, 0.2, "own")]
    after = [swap(0.05, 0.0, 0.1), swap(0.5, 0.4, 0.6, "identity"), swap(0.15, 0.1, 0.2, "own")]
    assert [c.direction for c in compare_states(before, after)] == ["better", "worse", "unclear"]
    assert compare_states(before, after[:1])[0].after == 0.05
    assert len(compare_states(before, [])) == 0


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
