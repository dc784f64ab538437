"""Each group against the rest: one array for all, the same figures as one by one."""

import numpy as np
import pytest
from scipy.stats import ttest_ind

from automl_tl.data.groups import group_values
from automl_tl.fairness.answers import read_answers
from automl_tl.fairness.bounds import newcombe, ratio_bounds
from automl_tl.fairness.compare import examine
from automl_tl.fairness.power import detectable_gaps
from automl_tl.fairness.rest import detectable, rest_tables


def entries():
    rng = np.random.default_rng(0)
    true, pred = rng.integers(0, 2, 200), rng.integers(0, 2, 200)
    answers = read_answers(true, pred, y_score=rng.random(200))
    return [
        examine("g", answers, group_values(["a"] * 80 + ["b"] * 115 + ["c"] * 5)),
        examine("h", answers, group_values(["x", "y"] * 100)),
    ]


def test_figures_equal_those_of_one_pair():
    """Newcombe and Miettinen-Nurminen of the same four counts; too few rows give none."""
    examined = entries()
    hits, sizes = examined[0].cells("accuracy")
    table = rest_tables(examined, 0.05)["g", "accuracy"]
    counts = int(hits[0]), int(sizes[0]), int(hits[1:].sum()), int(sizes[1:].sum())
    assert table.differences[0] == newcombe(*counts)
    assert (table.ratios[0].low, table.ratios[0].high) == pytest.approx([float(b) for b in ratio_bounds(*counts)])
    assert (table.differences[2], table.ratios[2]) == (None, None)


def test_means_get_welchs_interval():
    """As scipy's."""
    examined = entries()
    values, codes = examined[1].means["brier_score"], examined[1].grouped.codes
    difference = rest_tables(examined, 0.05)["h", "brier_score"].differences[0]
    bounds = ttest_ind(values[codes == 0], values[codes == 1], equal_var=False).confidence_interval()
    assert (difference.low, difference.high) == pytest.approx((bounds.low, bounds.high), rel=1e-9)


def test_detectable_gaps_use_the_rates_own_share_of_the_budget():
    """With two groups all of it, with three a part; untested groups have none."""
    examined = entries()
    found = detectable(examined, {("g", "accuracy"): 0.01, ("h", "accuracy"): 0.01})
    hits, sizes = examined[1].cells("accuracy")
    alone = float(detectable_gaps(hits.sum() / sizes.sum(), 100, 100, alpha=0.01))
    assert found["h", "accuracy"] == pytest.approx([alone, alone])
    assert np.isnan(found["g", "accuracy"][2])
    assert found["g", "accuracy"][0] > 0
    assert (found["h", "brier_score"] > 0).all()
