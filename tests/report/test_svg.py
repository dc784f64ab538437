"""SVG elements and scales."""

from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from automl_tl.report.svg import Scale, element, figure_svg, label, number, ticks


def test_text_and_attributes_are_escaped():
    """Markup passes, everything else is text."""
    made = element("text", "<b>", Markup("<i></i>"), class_='"x"', text_anchor="end", x=1.0)
    assert made == '<text class="&#34;x&#34;" text-anchor="end" x="1">&lt;b&gt;<i></i></text>'


def test_numbers_are_short_and_never_minus_zero():
    """Two decimals at most."""
    assert [number(v) for v in (1.0, 1.239, -0.001, 10.5)] == ["1", "1.24", "0", "10.5"]


def test_pictures_carry_their_description():
    """As title and as label."""
    made = figure_svg(width=10, height=5, description="three <bars>")
    assert 'role="img"' in made
    assert made.count("three &lt;bars&gt;") == 2
    assert label("abc", 0, 0, title="abcdef").count("<title>abcdef</title>") == 1


def test_scales_clip_and_survive_an_empty_range():
    """A single value lies in the middle."""
    scale = Scale(0, 10, 100, 200)
    assert [scale(v) for v in (0, 5, 10, 99)] == [100, 150, 200, 200]
    assert Scale(1, 1, 0, 10)(1) == 5


@given(low=st.floats(-1e6, 1e6), span=st.floats(1e-3, 1e6))
def test_ticks_lie_inside_and_are_few(low, span):
    """Round steps, at most seven of them."""
    values = ticks(low, low + span)
    assert len(values) <= 7
    assert all(low - 1e-6 * span - 1e-9 <= v <= low + span * (1 + 1e-6) + 1e-9 for v in values)


def test_known_ticks():
    """The usual case."""
    assert ticks(0.0, 1.0) == (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
    assert ticks(1.0, 1.0) == (1.0,)
