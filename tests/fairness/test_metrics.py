"""Rates by group agree with fairlearn wherever something was measured."""

import numpy as np
import pytest
from fairlearn.metrics import MetricFrame, false_positive_rate, selection_rate, true_positive_rate
from sklearn.metrics import precision_score

from automl_tl.data.groups import group_values
from automl_tl.fairness.answers import read_answers
from automl_tl.fairness.metrics import (
    FEW,
    base_rate_name,
    count_rates,
    false_positive_rate_name,
    gap_of,
    headline_rates,
    mean_rates,
    precision_name,
    rates_of,
    selection_rate_name,
    student_quantile,
    true_positive_rate_name,
)

NAMED = {
    selection_rate_name: selection_rate,
    true_positive_rate_name: true_positive_rate,
    false_positive_rate_name: false_positive_rate,
    precision_name: lambda t, p: precision_score(t, p, zero_division=0.0),
    base_rate_name: lambda t, p: selection_rate(t, t),
}


@pytest.mark.parametrize("seed", range(6))
def test_rates_equal_fairlearn(seed):
    """All five rates of every class to 1e-12; 0/0 is None where fairlearn says 0."""
    rng = np.random.default_rng(seed)
    n, classes = int(rng.integers(30, 300)), ("a", "b", "c")
    true, pred = rng.integers(0, 3, n), rng.integers(0, 3, n)
    column = rng.choice(["x", "y", "z", ""], n)
    column[:4] = ["x", "y", "z", ""]
    true[column == "z"] = 0
    groups = group_values(column.tolist())
    counts = count_rates(read_answers(true, pred, class_names=classes), groups.codes, len(groups.names))
    table = dict(zip(counts.names, rates_of(counts, few=1), strict=True))
    known, unmeasured = column != "", 0
    for index, name in enumerate(classes):
        yes, said = (true[known] == index).astype(int), (pred[known] == index).astype(int)
        for called, metric in NAMED.items():
            frame = MetricFrame(metrics=metric, y_true=yes, y_pred=said, sensitive_features=column[known]).by_group
            for group, rate in zip(groups.names, table[called(name)], strict=True):
                if rate.value is None:
                    unmeasured += 1
                    assert rate.denominator == 0
                    assert frame.loc[group] == 0.0
                else:
                    assert rate.value == pytest.approx(frame.loc[group], abs=1e-12)
                    assert rate.low <= rate.value <= rate.high
    accuracy = [(true == pred)[column == group].mean() for group in groups.names]
    assert [rate.value for rate in table["accuracy"]] == pytest.approx(accuracy, abs=1e-12)
    assert unmeasured >= 2


def test_few_rows_are_counted_and_not_printed():
    """Nine rows give no rate, ten do; nobody sees a 0."""
    answers = read_answers([1] * 19, [1] * 19, class_names=("n", "y"))
    counts = count_rates(answers, np.array([0] * 9 + [1] * 10), 2)
    nine, ten = rates_of(counts)[0]
    assert (nine.value, nine.suppressed, nine.denominator, FEW) == (None, True, 9, 10)
    assert (ten.value, ten.suppressed) == (1.0, False)
    assert "fewer than 10" in nine.note


def test_what_is_suppressed_tells_no_ones_answer_or_label():
    """No numerator of few rows; of a small group no denominator either, since rows of a class are a label."""
    answers = read_answers([1] + [0, 1] * 10, [1] + [0, 0, 1, 1] * 5, class_names=("n", "y"))
    counts = count_rates(answers, np.array([0] + [1] * 20), 2)
    table = dict(zip(counts.names, rates_of(counts), strict=True))
    for name, (alone, many) in table.items():
        assert (alone.value, alone.numerator, alone.denominator, alone.suppressed) == (None, None, 1, True), name
        assert alone.note == "not shown: only 1 row, fewer than 10"
        assert many.numerator is not None
    flipped = count_rates(read_answers([0] + [0, 1] * 10, [0] + [0, 0, 1, 1] * 5), np.array([0] + [1] * 20), 2)
    assert [first for first, _ in rates_of(flipped)] == [first for first, _ in table.values()]
    few = rates_of(count_rates(read_answers([1] * 4 + [0] * 16, [1] * 20), np.zeros(20, dtype=np.int64), 1))[2][0]
    assert (few.numerator, few.denominator, few.suppressed) == (None, 4, True)


def test_unknown_groups_are_in_no_denominator():
    """Code -1."""
    counts = count_rates(read_answers([0, 1, 1], [0, 1, 0]), np.array([0, -1, 0]), 1)
    assert counts.denominators[0].tolist() == [2]


def test_headlines():
    """All kinds of error of a favourable class; the outcome too where somebody named it; else accuracy."""
    two, named = read_answers([0, 1], [0, 1]), read_answers(["a", "b"], ["a", "b"], favourable="a")
    assert headline_rates(two) == ("accuracy", "true_positive_rate[1]", "false_positive_rate[1]")
    assert headline_rates(named)[1] == "selection_rate[a]"
    assert headline_rates(read_answers([0, 1, 2], [0, 1, 2])) == ("accuracy",)
    assert headline_rates(read_answers([0.5, 1.5], [0.5, 1.0])) == ("mean_absolute_error", "mean_error")


def test_means_have_students_interval():
    """Against the textbook; too few rows are not printed."""
    values = np.concatenate([np.arange(10.0), np.arange(3.0)])
    codes = np.array([0] * 10 + [1] * 3)
    ten, three, none = mean_rates(values, codes, 3)
    half = 2.262157 * np.arange(10.0).std(ddof=1) / np.sqrt(10)
    assert (ten.low, ten.value, ten.high) == pytest.approx((4.5 - half, 4.5, 4.5 + half), abs=1e-6)
    assert (three.value, three.suppressed, none.value) == (None, True, None)
    assert student_quantile(0.975, 1e6) == pytest.approx(1.96, abs=1e-3)


def test_the_gap_needs_two_printed_groups():
    """Suppressed ones do not count."""
    answers = read_answers([1] * 35, [1] * 10 + [0] * 25)
    counts = count_rates(answers, np.array([0] * 10 + [1] * 20 + [2] * 5), 3)
    assert gap_of(rates_of(counts)[0]) == 1.0
    assert gap_of(rates_of(counts)[0][1:]) is None
