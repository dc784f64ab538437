"""Winner against runner-up on the same rows."""

import numpy as np
import pytest
from scipy.stats import binomtest

from automl_tl.choice.rivalry import compare_rivals, mcnemar
from automl_tl.errors import InvalidInput
from automl_tl.finetune.evaluation import Predictions


def classes(said, labels, rows=None):
    return Predictions(np.arange(len(labels)) if rows is None else rows, labels, np.eye(3, dtype=np.float32)[said])


@pytest.mark.parametrize(("first", "second"), [(0, 0), (1, 0), (10, 2), (7, 7), (30, 12)])
def test_mcnemar_is_the_exact_binomial_test(first, second):
    """Against scipy."""
    expected = binomtest(first, first + second).pvalue if first + second else 1.0
    assert mcnemar(first, second) == pytest.approx(expected, abs=1e-12)


def test_rows_that_only_one_has_right_are_counted():
    """And the difference is that of the metric."""
    labels = np.zeros(20, dtype=np.int64)
    ours, theirs = labels.copy(), labels.copy()
    ours[:2], theirs[:8] = 1, 2
    found = compare_rivals(("t1", classes(ours, labels)), ("t2", classes(theirs, labels)), "accuracy")
    assert (found.only_winner, found.only_runner_up, found.rows, found.test) == (6, 0, 20, "mcnemar")
    assert found.p_value == pytest.approx(2 / 64)
    assert found.difference.value == pytest.approx(0.3)


def test_numbers_are_compared_by_their_errors():
    """A clear difference is seen, none is not, and nobody counts right answers."""
    rng = np.random.default_rng(0)
    true = rng.normal(size=60)
    near = Predictions(np.arange(60), true, (true + 0.1 * rng.normal(size=60))[:, None].astype(np.float32))
    far = Predictions(np.arange(60), true, (true + 1.0 * rng.normal(size=60))[:, None].astype(np.float32))
    found = compare_rivals(("a", near), ("b", far), "rmse")
    assert found.test == "sign_flip"
    assert found.p_value < 0.001
    assert found.only_winner == -1
    assert compare_rivals(("a", near), ("b", near), "rmse").p_value == 1.0


def test_other_rows_are_an_error():
    """Nothing is paired then."""
    labels = np.zeros(4, dtype=np.int64)
    with pytest.raises(InvalidInput, match="same rows"):
        compare_rivals(
            ("a", classes(labels, labels)), ("b", classes(labels, labels, np.arange(4)[::-1].copy())), "accuracy"
        )


def test_rows_that_belong_together_are_not_tested_one_by_one():
    """Ten copies of two groups are two pieces of evidence; groups of one row each are what rows are."""
    labels = np.zeros(20, dtype=np.int64)
    theirs = np.repeat([0, 1], 10)
    rivals = ("t1", classes(labels, labels)), ("t2", classes(theirs, labels))
    found = compare_rivals(*rivals, "accuracy", groups=["a"] * 10 + ["b"] * 10)
    assert np.isnan(found.p_value)
    assert "belong together" in found.reason
    assert (found.test, found.only_winner, found.only_runner_up) == ("", 10, 0)
    alone = compare_rivals(*rivals, "accuracy", groups=[str(row) for row in range(20)])
    assert (alone.test, alone.reason) == ("mcnemar", "")
    assert alone.p_value == pytest.approx(2 / 2**10)


def test_errors_of_numbers_that_belong_together_are_not_tested_either():
    """Only the interval of groups is left."""
    true = np.arange(20) / 3
    near, far = (Predictions(np.arange(20), true, (true + by)[:, None].astype(np.float32)) for by in (0.1, 1))
    found = compare_rivals(("a", near), ("b", far), "rmse", groups=["x", "y"] * 10)
    assert np.isnan(found.p_value)
    assert (found.test, found.only_winner) == ("", -1)
    assert found.difference.value < 0
