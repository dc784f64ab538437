"""Reweighing makes group and label independent."""

import numpy as np
import pytest

from automl_tl.fairness.mitigation.reweighing import reweighing, reweighing_weights


def test_weighted_counts_are_those_of_independence():
    """Ten, thirty, forty and twenty rows; unknown groups weigh one."""
    labels = np.repeat([0, 1, 0, 1, 1], [10, 30, 40, 20, 5])
    groups = np.repeat([0, 0, 1, 1, -1], [10, 30, 40, 20, 5])
    weights = reweighing_weights(labels, groups)
    cells = [weights[(groups == g) & (labels == y)].sum() for g in (0, 1) for y in (0, 1)]
    assert cells == pytest.approx([40 * 50 / 100, 40 * 50 / 100, 60 * 50 / 100, 60 * 50 / 100])
    assert (weights[groups == -1] == 1).all()


def test_it_predicts(make_rows):
    """Better than chance on new rows."""
    held = make_rows(400, 1)
    assert (reweighing(make_rows(400, 0), 2)(held) == held.labels).mean() > 0.7
