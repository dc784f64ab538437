"""Three verdicts and no fourth, and sentences that say what they rest on."""

import numpy as np
import pytest

from automl_tl.fairness.base import VERDICTS
from automl_tl.fairness.findings import Finding
from automl_tl.fairness.summary import amount, overall, silence_of, summarise, violations, words


@pytest.mark.parametrize(
    ("sizes", "verdict"),
    [
        ((100, 100), "no_evidence_of_violation"),
        ((100, 29), "insufficient_evidence"),
        ((100, 100, 20), "insufficient_evidence"),
        ((100, 100, 3), "no_evidence_of_violation"),
        ((100,), "insufficient_evidence"),
        ((), "insufficient_evidence"),
    ],
)
def test_silence_is_worth_something_only_where_all_groups_are_large(sizes, verdict):
    """Groups that hold less than 2 % together may be small; they are named."""
    found, reason = silence_of([f"g{i}" for i in range(len(sizes))], np.array(sizes, dtype=np.int64), True)
    assert verdict in VERDICTS
    assert found == verdict
    assert bool(reason) == (sizes != (100, 100))


def test_sizes_below_ten_are_not_told():
    """Of the rows of one class they would be labels of the few."""
    assert "the largest have 25;" in silence_of(["a", "b"], np.array([25, 1]), True)[1] + ";"
    assert "none has 10" in silence_of(["a", "b"], np.array([1, 0]), True)[1]


def test_silence_without_a_test_is_nothing():
    """Whatever the sizes."""
    assert silence_of(["a", "b"], np.array([90, 90]), False)[0] == "insufficient_evidence"


def finding(rate, verdict, p=0.5):
    return Finding(rate, 0.1, "g", p, p, verdict, 0.2)


def test_any_violation_counts_and_silence_needs_all_headlines():
    """The headline rates decide what silence is worth."""
    calm, few = finding("accuracy", VERDICTS[1]), finding("precision[a]", VERDICTS[2])
    bad = finding("precision[a]", VERDICTS[0], 0.01)
    assert overall([calm, few], ["accuracy"]) == VERDICTS[1]
    assert overall([calm, few], ["accuracy", "precision[a]"]) == VERDICTS[2]
    assert overall([calm, bad], ["accuracy"]) == VERDICTS[0]
    assert overall([], []) == VERDICTS[2]
    worse = finding("accuracy", VERDICTS[0], 0.001)
    assert violations([bad, calm, worse]) == [worse, bad]
    assert violations([bad, worse], ["precision[a]"]) == [bad, worse]


def test_the_sentence_never_says_fair():
    """Silence is no proof; too little data gives its reason."""
    text = summarise("sex", (), [finding("accuracy", VERDICTS[1])], ["accuracy"], {"accuracy": True})
    assert "fair" not in text
    assert "20.0 points" in text
    assert "no groups with enough rows" in summarise("sex", (), [], ["accuracy"], {})


def test_names_and_amounts_are_readable():
    """Classes in quotes, shares in points."""
    assert words("true_positive_rate[a_b]") == "true positive rate of “a_b”"
    assert (amount(0.123, True), amount(0.1234, False)) == ("12.3 points", "0.123")
