"""Bars of the ranking."""

from automl_tl.report.charts.ranking_bars import ranking_bars
from automl_tl.transferability.base import RankedModel


def test_winner_searched_and_rest_look_different():
    """Unknown intervals and probabilities are simply absent."""
    nan = float("nan")
    rows = [
        RankedModel("a:best", 1, 1.0, 0.5, 1.5, probability_best=0.9),
        RankedModel("a:second", 2, 0.5, nan, nan),
        RankedModel("a:last", 3, -1.0, -1.5, -0.5),
    ]
    made = ranking_bars(rows, searched={"a:best", "a:second"}, winner="a:best")
    for kind in ("winner", "searched", "rest"):
        assert f'class="bar {kind}"' in made
    assert made.count('class="whisker"') == 2
    assert "90 %" in made
    assert "nan" not in made


def test_long_names_are_shortened_but_not_lost():
    """The full name is in the title."""
    name = "timm:" + "very_long_model_name_" * 4
    made = ranking_bars([RankedModel(name, 1, 0.0, 0.0, 0.0)], searched=(), winner="")
    assert f"<title>{name}</title>" in made
    assert "…" in made
