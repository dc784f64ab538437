"""Intervals with known values and their coverage."""

import pytest

from automl_tl.fairness.bounds import detectable_gap, holm, newcombe, rate


@pytest.mark.parametrize(
    ("counts", "low", "high"),
    [((56, 70, 48, 80), 0.0524, 0.3339), ((9, 10, 3, 10), 0.1705, 0.8090), ((10, 10, 0, 20), 0.6791, 1.0)],
)
def test_newcombe_known_values(counts, low, high):
    """Examples of Newcombe 1998, p. 873, table II, method 10."""
    difference = newcombe(*counts)
    assert (difference.low, difference.high) == pytest.approx((low, high), abs=5e-5)
    assert difference.value == pytest.approx(counts[0] / counts[1] - counts[2] / counts[3])


def test_an_empty_denominator_is_not_zero():
    """Nothing was measured, and the note says of what."""
    empty = rate(0, 0, what='rows of class "sick"')
    assert (empty.value, empty.low, empty.high) == (None, None, None)
    assert empty.note == 'not measurable: no rows of class "sick"'
    assert rate(3, 4, what="rows").note == "only 4 rows"
    assert rate(30, 40, what="rows").note == ""


def test_holm_known_values():
    """0.01, 0.04, 0.03, 0.005 become 0.03, 0.06, 0.06, 0.02; missing tests do not count."""
    assert holm([0.01, 0.04, None, 0.03, 0.005]) == pytest.approx((0.03, 0.06, None, 0.06, 0.02))
    assert holm([0.9, 0.8]) == (1.0, 1.0)
    assert holm([]) == ()


def test_detectable_gap_shrinks_with_more_rows():
    """The textbook case: 0.5 against 0.5 with 392 rows each shows a gap of 0.1 at 80 % power."""
    assert detectable_gap(0.5, 392, 392) == pytest.approx(0.1, abs=5e-4)
    assert detectable_gap(0.9, 20, 20) > detectable_gap(0.9, 200, 200)
    assert detectable_gap(1.0, 30, 30) > 0
    assert detectable_gap(0.5, 1, 1) == 1.0
