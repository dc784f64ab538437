"""Thresholds per group make rates alike on the rows they were chosen by, and only a check on others tells more."""

import numpy as np
import pytest

from automl_tl.fairness.mitigation.data import GroupedRows
from automl_tl.fairness.mitigation.thresholds import fit_thresholds, group_thresholds


def scored(n=4000, seed=0):
    """Group 1 gets scores that are too low by 0.2."""
    rng = np.random.default_rng(seed)
    labels, groups = rng.integers(0, 2, n), rng.integers(0, 2, n)
    scores = np.clip(0.35 + 0.3 * labels - 0.2 * groups + 0.12 * rng.normal(size=n), 0, 1)
    return GroupedRows(scores[:, None], labels, groups)


@pytest.mark.parametrize("rate", ["selection_rate", "true_positive_rate", "false_positive_rate"])
def test_rates_become_alike_on_new_rows(rate):
    """Where there are thousands of rows."""
    held = scored(seed=1)
    said = group_thresholds(lambda rows: rows.features[:, 0], scored(), rate)(held)
    kept = {"true_positive_rate": held.labels == 1, "false_positive_rate": held.labels == 0}.get(
        rate, np.ones(len(held), dtype=bool)
    )
    shares = [said[kept & (held.groups == g)].mean() for g in (0, 1)]
    plain = [(held.features[kept & (held.groups == g), 0] >= 0.5).mean() for g in (0, 1)]
    assert abs(shares[0] - shares[1]) < 0.06
    assert abs(plain[0] - plain[1]) > 0.08


def test_accuracy_takes_each_groups_best_threshold():
    """About 0.5 and 0.3; an unknown group keeps 0.5."""
    rows = scored()
    found = fit_thresholds(rows.features[:, 0], rows.labels, rows.groups, "accuracy")
    assert found[0] == pytest.approx(0.5, abs=0.06)
    assert found[1] == pytest.approx(0.3, abs=0.06)
    lost = GroupedRows(np.array([[0.4]]), np.array([1]), np.array([-1]))
    assert group_thresholds(lambda rows: rows.features[:, 0], rows, "accuracy")(lost).tolist() == [0]


def test_a_group_without_the_needed_label_keeps_the_middle():
    """No positives: a true positive rate cannot be moved."""
    found = fit_thresholds(
        np.array([0.2, 0.9, 0.4]), np.array([0, 1, 0]), np.array([0, 0, 1]), "true_positive_rate"
    )
    assert found[1] == 0.5
