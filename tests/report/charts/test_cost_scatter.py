"""Cost beside accuracy."""

from automl_tl.choice.base import CostPoint
from automl_tl.report.charts.cost_scatter import cost_scatter

NAN = float("nan")
POINTS = [
    CostPoint("t1", "m:a", "linear_probe", 0.8, 0.0, NAN, True),
    CostPoint("t2", "m:b", "full_finetune", 0.7, 30.0, NAN, False),
    CostPoint("t3", "m:a", "full_finetune", 0.95, 60.0, 3.0, True),
]


def test_front_winner_and_rest_look_different_and_the_front_is_told():
    """The description names the efficient trials for people who cannot see it."""
    made = cost_scatter(POINTS, winner="t3", higher_is_better=True, axis="accuracy", shown=lambda v: f"{v:.2f}")
    assert made.count('class="mark main"') == 1
    assert made.count('class="mark front"') == 1
    assert made.count('class="mark hollow"') == 1
    assert "as good and as cheap as these: t1 (0.80, 0.0 s), t3 (0.95, 1 min 0 s)" in made
    assert "nan" not in made


def test_a_small_error_stands_high():
    """The better, the higher, whichever way the metric counts."""
    import re

    def height(higher):
        made = cost_scatter(POINTS, winner="t3", higher_is_better=higher, axis="", shown=str)
        return float(re.search(r'cy="([\d.]+)" r="8"', made).group(1))

    assert height(True) < height(False)


def test_one_point_is_a_chart_too():
    """No scale has a width then."""
    assert "nan" not in cost_scatter(POINTS[:1], winner="", higher_is_better=True, axis="", shown=str)
