"""What is said of predicted numbers."""

import numpy as np
import pytest

from automl_tl.finetune.evaluation import Predictions
from automl_tl.report.numbers import number_figures


def test_errors_are_summed_up_by_size_and_range():
    """High numbers are told too low: the report must show it."""
    true = np.arange(1000.0)
    told = true - np.where(true >= 750, 50.0, 1.0)
    found = number_figures(Predictions(np.arange(1000), true, told[:, None].astype(np.float32)), "price")
    assert (found.name, found.count, len(found.true)) == ("price", 1000, 400)
    assert found.half_within == pytest.approx(1.0)
    assert found.most_within == pytest.approx(50.0)
    assert [entry.count for entry in found.ranges] == [250] * 4
    assert [entry.mean_signed for entry in found.ranges] == pytest.approx([-1, -1, -1, -50])
    assert (found.ranges[3].low, found.ranges[3].high) == (750.0, 999.0)
    assert found.true[0] == 0.0
    assert found.true[-1] == 999.0


def test_few_rows_are_all_shown():
    """In the order of the true number."""
    found = number_figures(
        Predictions(np.arange(3), np.array([3.0, 1.0, 2.0]), np.array([[3.0], [1.5], [2.0]], np.float32)), "y"
    )
    assert found.true == (1.0, 2.0, 3.0)
    assert found.predicted == (1.5, 2.0, 3.0)
    assert len(found.ranges) == 3
