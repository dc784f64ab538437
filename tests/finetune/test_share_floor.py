"""Answers that are all right leave room for errors among the rows that were not seen."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from automl_tl.finetune.bootstrap import wilson
from automl_tl.finetune.evaluation import Interval
from automl_tl.finetune.metrics import metrics
from automl_tl.finetune.share_floor import difference_floor, figure_floor, widened

ACCURACY, BALANCED = metrics.get("accuracy"), metrics.get("balanced_accuracy")


def told(labels: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Return answers (N, 2) that are right where ``right``."""
    return np.eye(2)[np.where(right, labels, 1 - labels)]


def bounds(interval: Interval) -> tuple[float, float, float]:
    return interval.value, interval.low, interval.high


def test_the_share_of_all_rows_has_wilsons_interval():
    labels, right = np.arange(40) % 2, np.arange(40) < 30
    assert figure_floor(ACCURACY, labels, told(labels, right)) == wilson(30, 40)
    sets = np.stack([labels, labels], axis=1)
    assert figure_floor(metrics.get("subset_accuracy"), sets, np.where(right[:, None], sets, 1 - sets)) == wilson(
        30, 40
    )


def test_right_answers_about_few_groups_are_no_more_than_that_many_right_answers():
    """Eighty patients of five images each, and however many images each of them has."""
    labels = np.arange(400) % 2
    every = told(labels, labels == labels)
    of_patients = figure_floor(ACCURACY, labels, every, groups=np.arange(400) // 5)
    assert bounds(of_patients) == pytest.approx(bounds(wilson(80, 80)))
    none = figure_floor(ACCURACY, labels, 1 - every, groups=np.arange(400) // 5)
    assert bounds(none) == pytest.approx(bounds(wilson(0, 80)))
    one_wrong = figure_floor(ACCURACY, labels, told(labels, np.arange(400) > 0), groups=np.arange(400) // 5)
    assert one_wrong.low <= of_patients.low


def test_balanced_accuracy_of_eight_positives_that_are_all_right():
    """Half of it rests on them: the limits of both classes' shares, added like standard errors."""
    labels = (np.arange(100) < 8).astype(np.int64)
    found = figure_floor(BALANCED, labels, told(labels, labels == labels))
    reach = np.hypot(1 - wilson(8, 8).low, 1 - wilson(92, 92).low) / 2
    assert bounds(found) == pytest.approx((1.0, 1 - reach, 1.0))
    assert found.low < 0.85


@pytest.mark.parametrize("metric", [ACCURACY, BALANCED])
def test_two_models_that_are_right_everywhere_may_still_differ(metric):
    """Tango's score interval of no discordant pairs, Statistics in Medicine 1998: z2 / (n + z2) either way."""
    labels = np.arange(100) % 2
    every = told(labels, labels == labels)
    found = difference_floor(metric, labels, every, every)
    assert found.value == 0
    assert found.high == -found.low
    if metric is ACCURACY:
        # Both ways are reached: what only one has right, and what only the other.
        assert found.high == pytest.approx(3.8415 / 103.8415, rel=1e-3)
    patients = difference_floor(metric, labels, every, every, groups=np.arange(100) // 10)
    assert patients.high > 2 * found.high


def test_other_metrics_have_no_such_floor():
    labels = np.arange(10) % 2
    every = told(labels, labels == labels)
    assert figure_floor(metrics.get("log_loss"), labels, every) is None
    assert difference_floor(metrics.get("auroc"), labels, every, every) is None
    assert widened(Interval(0.5, 0.4, 0.6), None) == Interval(0.5, 0.4, 0.6)
    assert widened(Interval(0.5, 0.4, 0.6), Interval(0.5, 0.3, 0.55)) == Interval(0.5, 0.3, 0.6)
    unknown = widened(Interval(0.5, float("nan"), float("nan")), Interval(0.5, 0.3, 0.55))
    assert np.isnan([unknown.low, unknown.high]).all()


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 1), st.booleans(), st.booleans(), st.integers(0, 5)), min_size=1, max_size=30
    )
)
def test_limits_hold_the_metrics_own_value(rows):
    labels, ours, theirs, groups = (np.array(column) for column in zip(*rows, strict=True))
    first, second = told(labels, ours), told(labels, theirs)
    for metric in (ACCURACY, BALANCED):
        for several in (None, groups):
            found = figure_floor(metric, labels, first, several)
            assert found.value == pytest.approx(metric.value(labels, first))
            assert 0 <= found.low <= found.value + 1e-12
            assert found.value - 1e-12 <= found.high <= 1
            gap = difference_floor(metric, labels, first, second, several)
            assert gap.value == pytest.approx(metric.value(labels, first) - metric.value(labels, second), abs=1e-9)
            assert -1 <= gap.low <= gap.value + 1e-12
            assert gap.value - 1e-12 <= gap.high <= 1
            assert gap.low < gap.high


def test_the_floor_covers_where_the_bootstrap_has_no_width():
    """Nineteen rows in twenty are right in truth: of 30 rows often all are, and then the truth lies inside."""
    rng = np.random.default_rng(0)
    labels = (np.arange(30) < 8).astype(np.int64)
    covered = 0
    for _ in range(400):
        found = figure_floor(BALANCED, labels, told(labels, rng.random(30) < 0.95))
        covered += found.low <= 0.95 <= found.high
    # As Wilson's own interval of few rows does.
    assert covered >= 0.91 * 400
