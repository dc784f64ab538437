"""Forecasts that come true by their own probabilities are within the band; boasts are not."""

import numpy as np
import pytest

from automl_tl.truth.calibration import Forecast, calibration


def forecast(probabilities, best, contenders=None, source="one"):
    given = np.array(probabilities, dtype=float)
    remaining = given > 0.1 if contenders is None else np.array(contenders)
    return Forecast(given, remaining, best, source, tuple(f"m{place}" for place in range(len(given))))


def drawn(count, rng, sharpen=1.0):
    """Forecasts whose best is drawn by their probabilities, which are then sharpened."""
    found = []
    for _ in range(count):
        true = rng.dirichlet(np.ones(5))
        told = true**sharpen / np.sum(true**sharpen)
        found.append(forecast(told, int(rng.choice(5, p=true)), source=str(len(found))))
    return found


def test_honest_forecasts_stay_inside_the_band():
    found = calibration(drawn(400, np.random.default_rng(1)))
    assert found.error <= found.band
    assert found.first_error <= found.first_band
    assert found.brier < found.brier_uniform


def test_boasting_forecasts_leave_the_band():
    found = calibration(drawn(400, np.random.default_rng(1), sharpen=6.0))
    assert found.error > found.band
    assert found.first_error > found.first_band


def test_figures_by_hand():
    """Two tasks of two candidates: one foretold right with 0.9, one wrong with 0.7."""
    found = calibration([forecast([0.9, 0.1], 0, [True, False]), forecast([0.7, 0.3], 1, [True, False])])
    assert found.tasks == 2
    assert found.brier == pytest.approx((2 * 0.01 + 2 * 0.49) / 2)
    assert found.brier_uniform == pytest.approx(0.5)
    assert found.coverage == 0.5
    assert (found.mean_contenders, found.mean_candidates) == (1.0, 2.0)
    # Gaps by bin: 0.9 came true (0.1), 0.1 did not (0.1), 0.7 did not (0.7), 0.3 came true (0.7).
    assert found.error == pytest.approx((0.1 + 0.1 + 0.7 + 0.7) / 4)
    assert found.first_error == pytest.approx((0.1 + 0.7) / 2)


def test_certainty_is_a_bin_of_its_own():
    """A probability of exactly one does not fall off the last bin."""
    assert calibration([forecast([1.0, 0.0], 0)]).error == 0.0


def test_tasks_that_share_their_truth_widen_the_band():
    """Forty tasks of one source are right or wrong together, so the error varies more than over forty sources."""
    alike = [forecast([0.6, 0.4], 0) for _ in range(40)]
    apart = [forecast([0.6, 0.4], 0, source=str(number)) for number in range(40)]
    assert calibration(alike).band > 2 * calibration(apart).band
