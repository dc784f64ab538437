"""Panels of learning curves."""

from dataclasses import replace

from automl_tl.report.charts.learning_curves import learning_curves, strategies_of
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


def test_a_metric_that_is_minimised_orders_panels_the_other_way():
    """The model with the lowest value comes first."""
    made = learning_curves(TRIALS, metric="accuracy", winner="", higher_is_better=False)
    assert made.index("starter:glyph-vit</text>") < made.index("starter:glyph-resnet</text>")
    assert strategies_of(TRIALS) == ("full_finetune", "linear_probe", "partial_unfreezing")
