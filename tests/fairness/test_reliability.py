"""Calibration is judged against what chance alone would show."""

import tracemalloc

import numpy as np
import pytest

from automl_tl.fairness import reliability
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


def groups_of(*parts):
    """Two-class answers in groups of (stated certainty, share right, rows), exactly so many right."""
    sure = np.concatenate([np.full(rows, certain) for certain, _, rows in parts])
    right = np.concatenate([np.arange(rows) < round(share * rows) for _, share, rows in parts])
    return np.stack([1 - sure, sure], axis=1), right.astype(np.int64)


@pytest.mark.parametrize(
    ("parts", "side"),
    [
        (((0.95, 0.80, 400), (0.55, 0.71, 400)), "too sure where it is surest, and not sure enough elsewhere"),
        (((0.80, 0.95, 400), (0.71, 0.55, 400)), "not sure enough where it is surest, and too sure elsewhere"),
        (((0.95, 0.80, 400), (0.55, 0.55, 400)), "too sure of itself"),
        (((0.95, 0.95, 400), (0.55, 0.71, 400)), "less sure than it could be"),
        (
            ((0.95, 0.80, 300), (0.75, 0.95, 300), (0.6, 0.4, 300)),
            "too sure of some answers and not sure enough of others",
        ),
    ],
)
def test_the_side_is_that_of_the_bins(parts, side):
    """Errors to both sides may cancel each other in the mean: the first is 75 % sure and 75.5 % right."""
    rng = np.random.default_rng(0)
    chances, labels = groups_of(*parts)
    order = rng.permutation(len(labels))
    entry = measure_reliability(chances[order], labels[order])
    assert entry.verdict == "violation"
    assert f"it is {side}." in entry.summary


@pytest.mark.parametrize(
    ("off", "told"),
    [(np.full(10, -0.09), ": it is too sure of itself."), (0.09 * (-1.0) ** np.arange(10), ", though no range")],
)
def test_where_no_bin_is_off_all_of_them_together_may_be(off, told):
    """Nine points in each of ten bins of 50: none alone shows it; to one side the whole does, else nothing."""
    shares = np.linspace(0.75, 0.84, 10)
    sure = np.repeat(shares, 50)
    right = np.concatenate([np.arange(50) < round(50 * share) for share in shares + off])
    entry = measure_reliability(np.stack([1 - sure, sure], axis=1), right.astype(np.int64))
    assert all(b.null_low <= b.share <= b.null_high for b in entry.bins)
    assert entry.verdict == "violation"
    assert f"do not mean what they say{told}" in entry.summary


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


@pytest.mark.parametrize("at_once", [1, 1000, 2**40])
def test_the_band_does_not_depend_on_how_much_is_drawn_at_once(monkeypatch, at_once):
    """One sample at a time, a few that do not divide the whole, or everything: the very same numbers."""
    chances, labels = sample(np.random.default_rng(2), 333)
    expected = measure_reliability(chances, labels, seed=5)
    monkeypatch.setattr(reliability, "_AT_ONCE", at_once)
    assert measure_reliability(chances, labels, seed=5) == expected
    sure = chances.max(axis=1)
    whole = np.random.default_rng(5).random((2000, 333)) < sure
    first = np.array_split(np.argsort(sure, kind="stable"), 10)[0]
    low, high = np.quantile(whole[:, first].mean(axis=1), (0.025, 0.975))
    assert (expected.bins[0].null_low, expected.bins[0].null_high) == (low, high)


def test_a_large_test_part_needs_little_memory():
    """All its samples at once would be 480 MB of random numbers."""
    chances, labels = sample(np.random.default_rng(3), 30_000)
    tracemalloc.start()
    try:
        measure_reliability(chances, labels)
        assert tracemalloc.get_traced_memory()[1] < 150e6
    finally:
        tracemalloc.stop()
