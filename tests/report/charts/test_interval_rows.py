"""Dots with intervals."""

from automl_tl.report.charts.interval_rows import IntervalRow, interval_rows


def chart(*rows, **options):
    return interval_rows(rows, description="d", axis="a", tick=lambda v: f"{v:.1f}", **options)


def test_every_row_shows_name_size_and_figure():
    """And a whisker per measured row."""
    made = chart(
        IntervalRow("clean", "n = 10", 0.9, 0.7, 0.99, "90 %"), IntervalRow("x", "", 0.5, 0.4, 0.6, "50 %")
    )
    for text in ("clean", "n = 10", "90 %", "50 %"):
        assert text in made
    assert made.count("<circle") == 2


def test_what_was_not_measured_gets_no_dot():
    """The row stays visible with its reason."""
    made = chart(IntervalRow("empty", "n = 0", None, None, None, "-"), bounds=(0.0, 1.0))
    assert "not measurable" in made
    assert "<circle" not in made


def test_an_unknown_interval_has_a_dot_without_a_whisker():
    """And no coordinate that a browser cannot read."""
    nan = float("nan")
    made = chart(
        IntervalRow("one hospital", "", 0.9, nan, nan, "90 %"), IntervalRow("x", "", 0.5, 0.4, 0.6, "50 %")
    )
    assert made.count("<circle") == 2
    assert made.count('class="mark line"') == 3
    assert "nan" not in made


def test_the_reference_line_is_drawn_and_the_failing_row_marked():
    """Colour is not the only sign: the figure stands beside it."""
    made = chart(IntervalRow("worst", "", 0.4, 0.3, 0.5, "40 %", "bad"), reference=(0.8, "all"), bounds=(0.0, 1.0))
    assert 'class="reference"' in made
    assert 'class="mark bad"' in made
