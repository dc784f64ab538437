"""The four-fifths rule: ratios with honest intervals, and no verdict by chance."""

import numpy as np

from automl_tl.fairness.four_fifths import THRESHOLD, four_fifths, left_open


def rule(selected, sizes, **options):
    names = tuple("abcdefgh"[: len(sizes)])
    return four_fifths(names, np.array(selected), np.array(sizes), **options)


def test_a_clear_gap_is_a_violation():
    """Half as often, 200 each; the reference is the most selected group and has no row."""
    found = rule([160, 80], [200, 200])
    assert (found.reference, found.verdict) == ("a", "violation")
    assert found.rows[0].ratio == 0.5
    assert found.rows[0].high < THRESHOLD
    assert "0.50 times as often" in found.summary


def test_an_answer_that_nobody_called_favourable_is_called_by_its_name():
    """In the sentence and where nobody got it."""
    assert "gets the favourable answer 0.50" in rule([160, 80], [200, 200]).summary
    assert "gets the answer “sick” 0.50 times" in rule([160, 80], [200, 200], answer="sick").summary
    assert "got the answer “sick”" in rule([0, 0], [50, 50], answer="sick").rows[0].note


def test_a_rule_that_is_left_open_keeps_its_figures():
    """The verdict goes, in the row too; a rule without a violation stays as it is."""
    found = left_open(rule([160, 80], [200, 200]), "labels differ")
    assert (found.verdict, found.rows[0].verdict) == ("insufficient_evidence",) * 2
    assert (found.rows[0].ratio, found.rows[0].note) == (0.5, "labels differ")
    assert found.summary.endswith("is below four fifths. But labels differ.")
    calm = rule([150, 155], [300, 300])
    assert left_open(calm, "labels differ") == calm


def test_a_low_ratio_of_few_rows_is_no_violation():
    """0.7 of 20 rows is chance, and the row says so; 40 rows would be needed for silence."""
    found = rule([14, 10], [20, 20])
    assert found.rows[0].ratio < THRESHOLD
    assert found.verdict == "insufficient_evidence"
    assert "by chance" in found.rows[0].note


def test_equal_groups_have_no_evidence():
    """300 each."""
    assert rule([150, 155], [300, 300]).verdict == "no_evidence_of_violation"


def test_nobody_selected_and_tiny_groups_are_worded():
    """No ratio is made up."""
    none = rule([0, 0], [50, 50])
    assert (none.rows[0].ratio, none.verdict) == (None, "insufficient_evidence")
    assert "nobody" in none.rows[0].note
    assert "only 4 rows" in rule([20, 20, 1], [40, 40, 4]).rows[1].note
    assert rule([5], [40]) is None
    assert rule([5, 1], [40, 9]) is None


def test_false_verdicts_stay_below_five_percent_even_at_the_border():
    """400 samples of 4 groups, all equal, and with one at exactly four fifths: the raw rule fails in most."""
    rng = np.random.default_rng(0)
    sizes = np.full(4, 50)
    for shares in (np.full(4, 0.5), np.array([0.4, 0.5, 0.5, 0.5]), np.array([0.72, 0.9, 0.9, 0.9])):
        drawn = [rng.binomial(sizes, shares) for _ in range(400)]
        false = np.mean([rule(row, sizes).verdict == "violation" for row in drawn])
        raw = np.mean([row.min() / row.max() < THRESHOLD for row in drawn])
        assert false <= 0.05
        assert raw > 0.3
