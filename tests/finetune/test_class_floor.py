"""F1, AUROC and average precision without an error leave room for errors among the rows that were not seen."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from automl_tl.finetune.bootstrap import bootstrap, wilson
from automl_tl.finetune.class_floor import area_limits, class_difference_floor, class_floor
from automl_tl.finetune.evaluation import Interval
from automl_tl.finetune.metrics import metrics

OF_CLASSES = ("macro_f1", "auroc", "average_precision")
OF_LABELS = ("macro_f1", "micro_f1", "auroc", "mean_average_precision", "hamming_loss")


def bounds(interval: Interval) -> tuple[float, float, float]:
    return interval.value, interval.low, interval.high


def test_limits_of_an_area_are_as_far_as_their_own_errors():
    """What the equation asks of the limits, put in again; and the mirror image."""
    found, perfect = area_limits(0.9, 8, 92), area_limits(1.0, 8, 92)
    for area, limit in ((0.9, found.low), (0.9, found.high), (1.0, perfect.low)):
        spread = 1 + 49 * ((1 - limit) / (2 - limit) + limit / (1 + limit))
        error = np.sqrt(limit * (1 - limit) * spread / (8 * 92))
        assert limit != area
        assert abs(area - limit) == pytest.approx(1.959964 * error, rel=1e-6)
    assert perfect.high == 1
    mirrored = area_limits(0.1, 8, 92)
    assert bounds(mirrored) == pytest.approx((0.1, 1 - found.high, 1 - found.low))


def test_limits_of_an_area_cover_where_the_bootstrap_has_no_width():
    """Eight positives that score two standard deviations higher: an area of 0.921."""
    rng, truth, covered, by_bootstrap = np.random.default_rng(1), 0.92135, 0, 0
    labels = (np.arange(60) < 8).astype(np.int64)
    for draw in range(300):
        scores = rng.normal(2.0 * labels, 1.0)
        answers = np.stack([-scores, scores], axis=1)
        area = metrics.get("auroc").value(labels, answers)
        found = area_limits(area, 8, 52)
        covered += found.low <= truth <= found.high
        plain = bootstrap(metrics.get("auroc"), labels, answers, seed=draw)
        by_bootstrap += plain.low <= truth <= plain.high
    assert covered >= 0.93 * 300
    assert by_bootstrap < covered


def test_perfect_answers_about_few_positives():
    """Class by class: F1 and average precision like shares of its rows, the area by Newcombe; then their mean."""
    labels = (np.arange(100) < 8).astype(np.int64)
    every = np.eye(2)[labels]
    reach = np.hypot(1 - wilson(8, 8).low, 1 - wilson(92, 92).low) / 2
    for metric in ("macro_f1", "average_precision"):
        assert bounds(class_floor(metric, labels, every)) == pytest.approx((1, 1 - reach, 1))
    # The area of one of two classes is that of the other.
    assert bounds(class_floor("auroc", labels, every)) == pytest.approx(bounds(area_limits(1.0, 8, 92)))
    three = np.arange(30) % 3
    reach = (1 - area_limits(1.0, 10, 20).low) / np.sqrt(3)
    assert bounds(class_floor("auroc", three, np.eye(3)[three])) == pytest.approx((1, 1 - reach, 1))


def test_perfect_decisions_on_labels():
    """Twenty rows of three labels are sixty decisions, of which a third is yes."""
    labels = np.eye(3, dtype=np.int64)[np.arange(20) % 3]
    assert bounds(class_floor("hamming_loss", labels, labels)) == pytest.approx(bounds(wilson(0, 60)))
    assert bounds(class_floor("micro_f1", labels, labels)) == pytest.approx(bounds(wilson(20, 20)))


@pytest.mark.parametrize("metric", OF_CLASSES)
def test_rows_of_few_groups_are_no_more_than_these(metric):
    """Ten images of each of ten patients say as much as one of each where all are right."""
    labels = np.arange(100) // 10 % 2
    alone, every = labels[::10], np.eye(2)[labels]
    of_patients = class_floor(metric, labels, every, groups=[f"p{row // 10}" for row in range(100)])
    assert bounds(of_patients) == pytest.approx(bounds(class_floor(metric, alone, np.eye(2)[alone])))


def test_one_answer_to_everything_ranks_nothing_for_certain():
    labels = np.arange(40) % 2
    assert bounds(class_floor("auroc", labels, np.full((40, 2), 0.5))) == (0.5, 0.5, 0.5)


def test_two_models_without_an_error_may_still_differ():
    """As far as one of them may be from perfect; where either made an error the bootstrap stands."""
    labels = np.arange(40) % 2
    every, one_wrong = np.eye(2)[labels], np.eye(2)[labels]
    one_wrong[0] = one_wrong[0, ::-1]
    for metric in OF_CLASSES:
        low = class_floor(metric, labels, every).low
        assert bounds(class_difference_floor(metric, labels, every, every)) == pytest.approx((0, low - 1, 1 - low))
        assert class_difference_floor(metric, labels, every, one_wrong) is None
    sets = np.eye(2, dtype=np.int64)[labels]
    assert class_difference_floor("hamming_loss", sets, sets, sets).high > 0.02
    assert class_difference_floor("log_loss", labels, every, every) is None


def test_other_metrics_have_no_such_floor():
    labels = np.arange(10) % 2
    assert class_floor("log_loss", labels, np.eye(2)[labels]) is None
    assert class_floor("accuracy", labels, np.eye(2)[labels]) is None


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 2), st.integers(0, 20), st.integers(0, 20), st.integers(0, 3)), min_size=1)
)
def test_limits_hold_the_metrics_own_value(rows):
    classes, first, second, groups = (np.array(column) for column in zip(*rows, strict=True))
    answers = np.stack([first, second, 30.0 - first - second], axis=1) / 30
    sets = np.stack([classes == 1, classes >= 1], axis=1).astype(np.int64)
    for names, labels, said in ((OF_CLASSES, classes, answers), (OF_LABELS, sets, answers[:, :2])):
        for metric in names:
            value = metrics.get(metric).value(labels, said)
            for several in (None, groups):
                found = class_floor(metric, labels, said, several)
                if found is None:
                    assert np.isnan(value)
                    continue
                assert found.value == pytest.approx(value)
                assert 0 <= found.low <= found.value + 1e-12
                assert found.value - 1e-12 <= found.high <= 1
