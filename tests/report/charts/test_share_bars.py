"""Signed bars."""

from automl_tl.report.charts.share_bars import ShareRow, share_bars


def test_right_adds_and_left_takes_away():
    """The largest reaches the end, the sign is in colour, side and text; the description is there."""
    made = share_bars(
        [ShareRow("model", "a", 0.2), ShareRow("rate", "", -0.1)],
        description="what it says",
        shown=lambda v: f"{v:+.1f}",
    )
    assert made.count('class="bar winner"') == 1
    assert made.count('class="bar against"') == 1
    assert "+0.2" in made
    assert "-0.1" in made
    assert "<title>what it says</title>" in made
    assert 'x="590"' in made  # the bar to the right begins in the middle


def test_nothing_but_zeros_divides_by_nothing():
    """All shares are 0."""
    assert "nan" not in share_bars([ShareRow("model", "", 0.0)], description="none", shown=str)
