"""What the report says would have been seen is what would have been seen."""

import numpy as np
import pytest
from scipy.stats import binom

from automl_tl.fairness.permutation import gap_p_value
from automl_tl.fairness.power import detectable_gaps


def exact_power(n_1, n_2, first, second, alpha):
    """Probability of rejection, by going through all tables that matter."""
    ones, twos = np.arange(n_1 + 1), np.arange(n_2 + 1)
    chances = np.outer(binom.pmf(ones, n_1, first), binom.pmf(twos, n_2, second))
    likely = chances > 1e-7
    sizes = np.array([n_1, n_2])
    return sum(
        chances[i, j] for i, j in zip(*np.nonzero(likely), strict=True)
        if gap_p_value(np.array([i, j]), sizes) <= alpha
    )  # fmt: skip


@pytest.mark.parametrize(
    ("n_1", "n_2", "share", "alpha"), [(40, 80, 0.9, 0.003), (40, 40, 0.8, 0.01), (60, 60, 0.5, 0.002)]
)
def test_the_printed_gap_is_within_three_points_of_the_exact_one(n_1, n_2, share, alpha):
    """Three points to either side the power is clearly on the right side of 80 %."""
    gap = float(detectable_gaps(share, n_1, n_2, alpha=alpha))
    assert exact_power(n_1, n_2, share - gap - 0.03, share, alpha) >= 0.8
    assert exact_power(n_1, n_2, share - gap + 0.03, share, alpha) <= 0.8


def test_large_groups_need_no_enumeration():
    """The textbook case: 0.5 against 0.5 with 392 rows each shows a gap of 0.1 at 80 % power."""
    assert float(detectable_gaps(0.5, 392, 392)) == pytest.approx(0.1, abs=0.004)


def test_more_rows_show_more_and_few_show_nothing():
    """Ordered in size; 1.0 where no gap could ever be seen; a share of 1 is no certainty."""
    gaps = detectable_gaps([0.9, 0.9, 0.9], [20, 60, 400], [20, 60, 400])
    assert gaps[0] > gaps[1] > gaps[2] > 0
    assert float(detectable_gaps(0.5, 3, 3, alpha=0.001)) == 1.0
    assert 0 < float(detectable_gaps(1.0, 30, 30)) < 0.5


def test_the_direction_is_that_of_the_harm():
    """A false positive rate of 5 % can rise far and hardly fall."""
    up = float(detectable_gaps(0.05, 50, 200, direction=1.0))
    down = float(detectable_gaps(0.05, 50, 200, direction=-1.0))
    assert 0.1 < up < 0.4
    assert down == 1.0
