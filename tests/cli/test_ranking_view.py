"""The ranking shows what fits, says what its marks mean, and loses no model."""

import io
import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from automl_tl.cli.ranking_view import ranking_view
from automl_tl.client.types import ModelCost, RankedModel

COST = ModelCost(310_176, 44.6e6, 1.411, 362.0, 1.2e6, 1.437e6, 43e6, 61.12, "cpu, 1 thread")
ROWS = (
    RankedModel(
        *("starter:glyphs-convnext", 1, 0.9, 0.8, 1.0, {"logme": 1.5, "knn": 0.5}),
        probability_best=0.75,
        expected_regret=0.011,
        contender=True,
        cost=COST,
    ),
    RankedModel(*("starter:slow", 2, 0.5, 0.1, 0.7), cost=replace(COST, latency_ms=200.4, flops=math.nan)),
    RankedModel(*("starter:quick", 3, 0.1, 0.0, 0.2), probability_best=0.001, cost=replace(COST, latency_ms=0.25)),
    RankedModel("hf:b/[red]c", 0, math.nan, error="it takes 90 ms, more than max_latency_ms = 20"),
)


def text_of(rows, width=160):
    console = Console(file=io.StringIO(), width=width, color_system=None)
    console.print(ranking_view(rows, width=width))
    return console.file.getvalue()


def line_of(model, text):
    return next(line for line in text.splitlines() if model in line)


def test_a_wide_ranking_shows_scores_and_costs():
    shown = text_of(ROWS)
    figures = ("0.90", "0.80 .. 1.00", "75%", "1.41 *", "61.1", "1.1", "310 K", "44.6", "1.44", "1.500", "0.500")
    assert line_of("starter:glyphs-convnext", shown).split()[:1] == ["1~"]
    for part in figures:
        assert part in line_of("starter:glyphs-convnext", shown)
    for name in ("ms", "s/trial", "regret", "size", "MFLOPs", "MB", "logme", "knn"):
        assert name in shown.splitlines()[0]
    assert "nan" not in shown


def test_models_that_no_other_beats_in_score_and_latency_are_marked():
    """The slow one is worse and slower than the first; the quick one is the quickest."""
    shown = text_of(ROWS)
    marked = {model: "*" in line_of(model, shown) for model in ("convnext", "slow", "quick")}
    assert marked == {"convnext": True, "slow": False, "quick": True}
    assert "* no other model is both better and faster" in shown
    assert "on cpu, 1 thread" in shown


def test_a_model_without_a_rank_says_why_and_is_not_taken_for_markup():
    shown = text_of(ROWS)
    assert "hf:b/[red]c" in shown
    assert "it takes 90 ms, more than max_latency_ms = 20" in shown


@pytest.mark.parametrize(
    ("width", "there", "gone"),
    [
        (160, "logme", "nothing"),
        (112, "size", "logme"),
        (80, "ms", "regret"),
        (56, "P(best)", "95 % interval"),
    ],
)
def test_what_does_not_fit_is_left_out_whole(width, there, gone):
    lines = text_of(ROWS, width).splitlines()
    assert there in lines[0]
    assert gone not in lines[0]
    assert all(len(line) <= width for line in lines)
    assert len([line for line in lines if line.startswith(("1~", "2", "3"))]) == 3


def test_what_nobody_knows_has_no_column_and_no_legend():
    """A ranking of an older service knows no costs."""
    plain = [RankedModel("a:b", 1, 0.5, 0.4, 0.6, parameters=5_000_000, probability_best=1.0)]
    shown = text_of(plain)
    assert "5.0 M" in shown
    for part in ("ms", "trial", "regret", "~", "*"):
        assert part not in shown


def test_a_small_probability_is_not_shown_as_none():
    shown = text_of(ROWS)
    assert "<1%" in line_of("starter:quick", shown)


def test_a_ranking_without_a_usable_model_says_so():
    shown = text_of(ROWS[-1:])
    assert "no model could be ranked" in shown
    assert "max_latency_ms = 20" in shown
    assert text_of(())


@given(st.integers(40, 200))
def test_every_model_is_there_at_any_width(width):
    """Names may be folded on narrow consoles, but no row is lost."""
    shown = text_of(ROWS, width)
    for part in ("slow", "quick", "convnext", "max_latency"):
        assert part in shown.replace("\n", "") or width < 60


def test_what_simpler_rules_would_choose_and_lose_is_told():
    """Random choice costs the mean over all; a rule whose choice was not ranked is left out."""
    rows = (
        RankedModel("a:first", 1, 0.9, expected_regret=0.01),
        RankedModel("a:second", 2, 0.5, expected_regret=0.05),
    )
    console = Console(file=io.StringIO(), width=160, color_system=None)
    console.print(ranking_view(rows, baselines={"knn": "a:second", "largest": "a:gone"}))
    assert "(regret, ours 1.0): k-NN: a:second (5.0); random (3.0)" in console.file.getvalue()
    assert "largest" not in console.file.getvalue()


def test_layers_are_told_where_they_are_not_the_last():
    first = replace(ROWS[0], layers="stages")
    shown = text_of([first, replace(ROWS[1], layers="last")])
    assert "stages" in line_of("starter:glyphs-convnext", shown)
    assert "layers: what the embedding is made of" in shown
    assert "layers" not in text_of([replace(first, layers="last")])
