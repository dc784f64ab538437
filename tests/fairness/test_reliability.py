"""Calibration is judged against what chance alone would show."""

import numpy as np
import pytest

from automl_tl.fairness.reliability import measure_reliability


def sample(rng, n, sharpen=1.0):
    """Answers of two classes that are exactly as right as they are sure, then stated with other certainty."""
    odds = rng.normal(size=n) * 1.5
    labels = (rng.random(n) < 1 / (1 + np.exp(-odds))).astype(np.int64)
    stated = 1 / (1 + np.exp(-sharpen * odds))
    return np.stack([1 - stated, stated], axis=1), labels


@pytest.mark.parametrize("n", [50, 200])
def test_calibrated_models_are_rarely_blamed(n):
    """100 samples: about 5 %; their error is nowhere near 0, and the null band says so."""
    rng = np.random.default_rng(n)
    found = [measure_reliability(*sample(rng, n)) for _ in range(100)]
    assert np.mean([entry.verdict == "violation" for entry in found]) <= 0.1
    inside = [b.null_low <= b.share <= b.null_high for entry in found for b in entry.bins]
    assert 0.92 <= np.mean(inside) <= 1.0
    assert np.mean([entry.error for entry in found]) > 0.03


def test_overconfidence_is_found_and_measured():
    """Log odds stated three times too large: slope about a third."""
    entry = measure_reliability(*sample(np.random.default_rng(0), 1000, sharpen=3.0))
    assert entry.verdict == "violation"
    assert "too sure" in entry.summary
    assert entry.slope == pytest.approx(1 / 3, abs=0.08)
    assert entry.error > entry.null_p95


def test_brier_score_and_bins():
    """The mean squared distance; every answer is in one bin."""
    chances, labels = sample(np.random.default_rng(1), 95)
    entry = measure_reliability(chances, labels)
    assert entry.brier == pytest.approx(2 * ((chances[:, 1] - labels) ** 2).mean())
    assert sum(b.count for b in entry.bins) == 95
    assert len(entry.bins) == 9
    assert all(b.low <= b.share <= b.high for b in entry.bins)


def test_too_little_and_one_sided_data_are_worded():
    """Few answers; all right; certainty of exactly 1."""
    assert "at least 30" in measure_reliability(np.ones((5, 1)), np.zeros(5, dtype=np.int64)).summary
    certain = np.tile([1.0, 0.0], (40, 1))
    right = measure_reliability(certain, np.zeros(40, dtype=np.int64))
    assert (right.slope, right.verdict, right.brier) == (None, "no_evidence_of_violation", 0.0)
    wrong = measure_reliability(certain, np.arange(40) % 2)
    assert wrong.verdict == "violation"
