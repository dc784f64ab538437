"""Rates by group agree with fairlearn wherever something was measured."""

import numpy as np
import pytest
from fairlearn.metrics import MetricFrame, selection_rate, true_positive_rate

from automl_tl.data.groups import group_values
from automl_tl.fairness.metrics import group_rates, rate_names


@pytest.mark.parametrize("seed", range(4))
def test_rates_equal_fairlearn(seed):
    """Accuracy, selection and true-positive rates to 1e-12; 0/0 is None where fairlearn says 0."""
    rng = np.random.default_rng(seed)
    n, classes = 120, ("a", "b", "c")
    true, pred = rng.integers(0, 3, n), rng.integers(0, 3, n)
    column = rng.choice(["x", "y", "z", ""], n)
    true[column == "z"] = 0
    groups = group_values(column.tolist())
    ours = group_rates(true, pred, groups, classes, [0, 1, 2])
    known = column != ""
    for index, name in enumerate(classes):
        frame = MetricFrame(
            metrics={"sr": selection_rate, "tpr": true_positive_rate},
            y_true=(true[known] == index).astype(int),
            y_pred=(pred[known] == index).astype(int),
            sensitive_features=column[known],
        ).by_group
        for group, rates in zip(groups.names, ours, strict=True):
            assert rates[f"selection_rate[{name}]"].value == pytest.approx(frame.loc[group, "sr"], abs=1e-12)
            positive = rates[f"true_positive_rate[{name}]"]
            if group == "z" and name != "a":
                assert positive.value is None
                assert frame.loc[group, "tpr"] == 0.0
            else:
                assert positive.value == pytest.approx(frame.loc[group, "tpr"], abs=1e-12)
    accuracy = [(true == pred)[column == group].mean() for group in groups.names]
    assert [rates["accuracy"].value for rates in ours] == pytest.approx(accuracy, abs=1e-12)


def test_columns_come_in_order():
    """Accuracy first, then both rates of each class."""
    assert rate_names(("a", "b"), [1, 0]) == (
        "accuracy",
        "selection_rate[b]",
        "true_positive_rate[b]",
        "selection_rate[a]",
        "true_positive_rate[a]",
    )


def test_no_known_group_gives_no_rows():
    """A column of blanks."""
    zeros = np.zeros(2, dtype=np.int64)
    assert group_rates(zeros, zeros, group_values(["", ""]), ("a", "b"), [0, 1]) == ()
