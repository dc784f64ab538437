"""Charts of predicted numbers."""

from automl_tl.report.charts.number_scatter import error_bars, number_scatter
from automl_tl.report.wording import digits


def test_every_pair_is_a_point_with_its_numbers():
    """And the diagonal is drawn."""
    svg = str(number_scatter([1.0, 2.0], [1.5, 2.0], name="price <b>", tick=digits))
    assert svg.count("<circle") == 2
    assert "true 1, predicted 1.5" in svg
    assert 'class="reference"' in svg
    assert "<b>" not in svg


def test_errors_are_counted_around_zero():
    """Equal reach to both sides."""
    svg = str(error_bars([0.0] * 4, [1.0, 1.0, -1.0, 0.0], name="price", tick=digits))
    assert svg.count("<rect") == 3
    assert ": 2 examples" in svg


def test_numbers_that_are_all_equal_can_be_drawn():
    """No division by a range of zero."""
    assert "<circle" in str(number_scatter([5.0], [5.0], name="y", tick=digits))
    assert "<rect" in str(error_bars([5.0], [5.0], name="y", tick=digits))
