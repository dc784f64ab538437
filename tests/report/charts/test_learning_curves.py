"""Panels of learning curves."""

import re
from dataclasses import replace

from automl_tl.report.charts.learning_curves import learning_curves, strategies_of
from automl_tl.report.wording import strategy_label
from automl_tl.testing.report_sample import sample_image_report

TRIALS = sample_image_report().trials


def test_one_panel_per_model_best_first_and_one_line_per_trial():
    """Single points become dots only."""
    made = learning_curves(TRIALS, metric="accuracy", winner="t0004")
    assert made.count("<polyline") == 6
    assert made.count("<circle") == 9
    assert made.index("starter:glyph-resnet</text>") < made.index("starter:glyph-vit</text>")
    assert made.count("winner") == 2


def test_trials_without_points_are_left_out():
    """A failed trial has no curve; with none at all there is no picture."""
    failed = replace(TRIALS[0], curve=())
    assert learning_curves([failed], metric="accuracy", winner="") == ""
    assert learning_curves(TRIALS, metric="other", winner="") == ""


def test_a_legend_of_many_strategies_stays_inside_the_picture():
    """Its names are told in several lines, all of them within width and height."""
    names = ("l2_sp", "full_finetune", "gradual_unfreezing", "partial_unfreezing", "norm_and_bias", "lora")
    trials = [replace(TRIALS[0], id=f"t{place}", strategy=name) for place, name in enumerate(names)]
    made = learning_curves(trials, metric="accuracy", winner="")
    width, height = map(float, re.search(r'viewBox="0 0 (\S+) (\S+)"', made).groups())
    texts = {strategy_label(name) for name in names}
    placed = [
        (float(x), float(y), text)
        for x, y, text in re.findall(r'<text x="([\d.]+)" y="([\d.]+)"[^>]*>([^<]+)</text>', made)
        if text in texts
    ]
    assert {text for _, _, text in placed} == texts
    assert len({y for _, y, _ in placed}) > 1
    assert all(x + 6.2 * len(text) <= width and y + 4 <= height for x, y, text in placed)


def test_a_metric_that_is_minimised_orders_panels_the_other_way():
    """The model with the lowest value comes first."""
    made = learning_curves(TRIALS, metric="accuracy", winner="", higher_is_better=False)
    assert made.index("starter:glyph-vit</text>") < made.index("starter:glyph-resnet</text>")
    assert strategies_of(TRIALS) == ("full_finetune", "linear_probe", "partial_unfreezing")
