"""Prediction sets hold the right class as often as they promise."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import softmax

from automl_tl.errors import InvalidInput
from automl_tl.finetune.conformal import (
    METHODS,
    ConformalSets,
    calibrate_sets,
    fewest_examples,
    measure_coverage,
)


def draw(n: int, rng: np.random.Generator, spread: float = 1.5) -> tuple[np.ndarray, np.ndarray]:
    """Return probabilities (n, 4) of a model that is too sure of itself, and labels."""
    logits = rng.normal(0, spread, (n, 4))
    truth = softmax(logits, axis=1)
    labels = (rng.random(n)[:, None] > truth.cumsum(axis=1)).sum(axis=1).clip(max=3).astype(np.int64)
    return softmax(3 * logits, axis=1), labels


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("alpha", [0.1, 0.3])
def test_coverage_over_many_calibration_parts_is_what_was_promised(method, alpha):
    """The mean over 49 examples is at least 1 - alpha, and for LAC at most 1 / 50 more, whatever the model.

    The most probable class always belongs to the set, by which APS covers more.
    """
    rng = np.random.default_rng(7)
    covered = []
    for _ in range(300):
        sets = calibrate_sets(*draw(49, rng), alpha=alpha, method=method)
        covered.append(measure_coverage(sets, *draw(200, rng)).covered)
    assert np.mean(covered) > 1 - alpha - 0.01
    assert method == "aps" or np.mean(covered) < 1 - alpha + 1 / 50 + 0.01


@pytest.mark.parametrize(
    ("method", "alpha", "spread"),
    [("lac", 0.1, 1.5), ("lac", 0.1, 20.0), ("aps", 0.3, 20.0)],
    ids=["unsure", "96 % right", "96 % right, 70 % promised"],
)
def test_the_interval_of_coverage_holds_it_nineteen_times_in_twenty(method, alpha, spread):
    """In 500 simulations, also of models whose first answer is right more often than was promised."""
    rng = np.random.default_rng(3)
    inside = 0
    for _ in range(500):
        sets = calibrate_sets(*draw(100, rng, spread), alpha=alpha, method=method)
        found = measure_coverage(sets, *draw(100, rng, spread))
        inside += found.expected.low <= found.by_threshold <= found.expected.high
        assert found.by_threshold <= found.covered
    assert inside >= 0.95 * 500


def test_what_stands_at_the_threshold_counts_as_far_as_it_is_expected():
    """A model that says 1.0 of everything: all scores tie, and no part of them is strange."""
    sure, right = np.tile([1.0, 0.0], (100, 1)), np.zeros(100, dtype=np.int64)
    found = measure_coverage(calibrate_sets(sure, right, alpha=0.1), sure, right)
    assert found.covered == 1.0
    assert found.by_threshold == pytest.approx(found.expected.value)


def test_the_threshold_is_the_right_order_statistic():
    """Nine examples and alpha 0.2: the eighth smallest score."""
    own = np.linspace(0.1, 0.9, 9)
    probabilities = np.stack([own, 1 - own], axis=1)
    sets = calibrate_sets(probabilities, np.zeros(9, dtype=np.int64), alpha=0.2)
    assert sets.threshold == pytest.approx(0.8)
    assert sets.examples == 9


def test_scores_of_aps_add_up_what_stands_above():
    sets = ConformalSets("aps", 0.1, 0.85, 20)
    inside = sets.members(np.array([[0.1, 0.6, 0.2, 0.1], [0.96, 0.02, 0.01, 0.01]]))
    assert inside.tolist() == [[False, True, True, False], [True, False, False, False]]


def test_a_set_is_never_empty():
    assert ConformalSets("lac", 0.5, 0.01, 20).members(np.array([[0.4, 0.6]])).tolist() == [[False, True]]


@pytest.mark.parametrize(("alpha", "least"), [(0.5, 1), (0.1, 9), (0.05, 19)])
def test_a_promise_needs_enough_examples(alpha, least):
    assert fewest_examples(alpha) == least
    probabilities, labels = draw(least, np.random.default_rng(0))
    calibrate_sets(probabilities, labels, alpha=alpha)
    with pytest.raises(InvalidInput, match=f"needs {least} calibration examples or more"):
        calibrate_sets(probabilities[1:], labels[1:], alpha=alpha)


@pytest.mark.parametrize(("method", "alpha", "field"), [("naps", 0.1, "method"), ("lac", 1.0, "alpha")])
def test_what_is_not_allowed_is_named(method, alpha, field):
    with pytest.raises(InvalidInput, match=f"conformal.{field}"):
        ConformalSets(method, alpha, 0.5, 10)


def test_the_interval_of_coverage_needs_one_row_of_each_unit_where_rows_belong_together():
    """Of units that are hard or easy as a whole; of all rows the interval is far too narrow."""
    rng, kept, inside, simulations = np.random.default_rng(2), slice(None, None, 10), [0, 0], 300
    for _ in range(simulations):
        parts = []
        for _ in range(2):
            own = np.repeat(rng.choice([0.95, 0.05], 40, p=[0.8, 0.2]), 10) - 0.05 * rng.random(400)
            parts.append((np.stack([own, 1 - own], axis=1), np.zeros(400, dtype=np.int64)))
        for place, rows in enumerate((kept, slice(None))):
            (chances, labels), tested = ([each[rows] for each in part] for part in parts)
            found = measure_coverage(calibrate_sets(chances, labels, alpha=0.1), *tested)
            inside[place] += found.expected.low <= found.by_threshold <= found.expected.high
    assert inside[0] >= 0.93 * simulations
    assert inside[1] < 0.8 * simulations


def test_what_gave_one_example_each_goes_with_the_coverage():
    """For the report; rows by themselves have no unit."""
    sets = calibrate_sets(*(known := draw(30, np.random.default_rng(0))), alpha=0.2)
    assert measure_coverage(sets, *known, unit="patient").unit == "patient"
    assert measure_coverage(sets, *known).unit == ""
