"""A later point wins unless validation speaks against it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automl_tl.finetune.choice import Choice, standard_error
from automl_tl.finetune.metrics import metrics
from automl_tl.finetune.workload import CurvePoint

ACCURACY, LOG_LOSS = metrics.get("accuracy"), metrics.get("log_loss")
NO_SHARES = ("r2", "spearman", "auroc", "average_precision", "mean_average_precision")
"""In [0, 1] as shares are, but with other errors."""


def point(update: int, accuracy: float, log_loss: float = 0.5) -> CurvePoint:
    return CurvePoint(update, update / 100, 0.0, 0.1, {"accuracy": accuracy, "log_loss": log_loss})


def test_a_later_point_wins_although_an_earlier_one_was_luckier_by_one_example():
    choice = Choice(ACCURACY, 40, point(0, 0.90))
    assert choice.offer(point(33, 0.95))
    assert choice.offer(point(100, 0.925))
    assert choice.best.update == 100


def test_a_later_point_that_is_clearly_worse_does_not_win():
    choice = Choice(ACCURACY, 400, point(0, 0.80))
    choice.offer(point(33, 0.95))
    assert not choice.offer(point(100, 0.90))
    assert choice.best.update == 33


def test_small_steps_down_do_not_add_up():
    choice = Choice(ACCURACY, 100, None)
    for update, value in enumerate([0.90, 0.88, 0.86, 0.84, 0.82]):
        choice.offer(point(update, value))
    assert choice.best.metrics["accuracy"] >= 0.87


@given(st.lists(st.tuples(st.integers(0, 20), st.floats(0, 3)), min_size=1, max_size=6), st.integers(0, 20))
def test_nothing_clearly_below_the_start_or_any_other_point_is_ever_kept(figures, start):
    """Clearly is by more than a standard error."""
    choice, highest = Choice(ACCURACY, 20, point(0, start / 20, 1.0)), start / 20
    for update, (right, loss) in enumerate(figures, 1):
        choice.offer(point(update, right / 20, loss))
        highest = max(highest, right / 20)
        near = highest - standard_error(ACCURACY, highest, 20)
        assert choice.best.metrics["accuracy"] >= near - 1e-9


def test_one_example_below_the_start_is_no_reason_to_forget_a_run():
    choice = Choice(ACCURACY, 60, point(0, 0.70, 0.8))
    assert choice.offer(point(50, 0.683, 1.1))
    assert choice.best.update == 50


def test_log_loss_is_smooth_enough_to_be_compared_as_it_is():
    choice = Choice(LOG_LOSS, 40, point(0, 0.9, 0.5))
    assert choice.offer(point(33, 0.9, 0.40))
    assert not choice.offer(point(66, 0.9, 0.41))
    assert choice.offer(point(100, 0.9, 0.39))


@pytest.mark.parametrize("name", NO_SHARES)
def test_a_figure_that_is_no_share_is_compared_as_it_is(name):
    """Of 80 rows a share of 0.5 may fall by 0.05 by luck, which says nothing of an explained variance."""
    choice = Choice(metrics.get(name), 80, CurvePoint(0, 0.0, 0.0, 0.1, {name: 0.4}))
    assert choice.offer(CurvePoint(33, 0.33, 0.0, 0.1, {name: 0.5}))
    assert not choice.offer(CurvePoint(66, 0.66, 0.0, 0.1, {name: 0.45}))
    assert choice.best.update == 33
    assert choice.offer(CurvePoint(100, 1.0, 0.0, 0.1, {name: 0.5}))


def test_without_a_start_the_first_point_is_kept_even_if_it_is_nan():
    choice = Choice(ACCURACY, 10, None)
    assert choice.offer(point(1, float("nan")))
    assert choice.offer(point(2, 0.1))


def test_the_standard_error_of_a_share():
    assert standard_error(ACCURACY, 0.5, 96) == pytest.approx(0.05)
    assert 0.02 < standard_error(ACCURACY, 1.0, 40) < 0.04
    assert standard_error(LOG_LOSS, -0.3, 40) == 0.0


def test_every_metric_that_counts_right_and_wrong_decisions_has_the_error_of_a_share():
    counting = {name for name in metrics.names() if standard_error(metrics.get(name), 0.5, 96) > 0}
    assert counting == {"accuracy", "balanced_accuracy", "macro_f1", "micro_f1", "subset_accuracy"}


def test_a_metric_of_a_plug_in_that_is_a_share_of_rows_has_the_error_of_one():
    """It need not say so twice; one that says nothing is compared as it is."""
    silent = replace(ACCURACY, name="hits", scatters_as_share=False, share_of_rows=False)
    assert standard_error(replace(silent, share_of_rows=True), 0.5, 96) == pytest.approx(0.05)
    assert standard_error(silent, 0.5, 96) == 0.0
