"""The reliability diagram shows dots, intervals and the band of chance."""

from automl_tl.fairness.findings import ReliabilityBin
from automl_tl.report.charts.reliability_diagram import reliability_diagram

INSIDE = ReliabilityBin(0.7, 0.68, 40, 0.52, 0.8, 0.55, 0.83)
OUTSIDE = ReliabilityBin(0.95, 0.6, 40, 0.45, 0.74, 0.88, 1.0)


def test_bins_outside_the_band_stand_out():
    """One dot of each kind beside the legend's two."""
    svg = reliability_diagram([INSIDE, OUTSIDE], description="d")
    assert svg.count('class="mark bad"') == 2
    assert svg.count('class="mark main"') == 2
    assert "40 answers, 70.0 % sure, 68.0 % right" in svg
    assert svg.count("<polygon") == 1


def test_one_bin_still_has_a_band_and_none_an_empty_frame():
    """No division by nothing."""
    assert "<polygon" in reliability_diagram([INSIDE], description="d")
    assert "<polygon" not in reliability_diagram([], description="d")
