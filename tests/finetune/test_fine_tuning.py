"""The best rung is kept, and kept only when it is the best."""

from __future__ import annotations

import copy
import dataclasses

import pytest
import torch

from automl_tl.errors import TrialFailed
from automl_tl.finetune import prepared
from automl_tl.finetune.classifier import Classifier
from automl_tl.finetune.fine_tuning import fine_tune, freezes_statistics, settled, updates_per_look
from automl_tl.finetune.metrics import improves, metrics
from automl_tl.finetune.prepared import PreparedInputs
from automl_tl.finetune.recipe import Recipe
from automl_tl.finetune.validate import validate
from automl_tl.finetune.workload import CurvePoint

RECIPE = Recipe("full_finetune", updates=18, batch_size=12, learning_rate=3e-3)


@pytest.fixture
def climb(workload, tiny_model, model_id, unlimited):
    """Return a function that fine-tunes and gives (climb, kept points)."""

    def run(recipe=RECIPE, keep=None, **options):
        kept = []
        classifier = Classifier(copy.deepcopy(tiny_model.backbone), workload.heads[model_id])
        defaults = {"report": lambda point: True, "remaining": unlimited, "start": None}
        result = fine_tune(
            classifier,
            workload,
            recipe,
            seed=0,
            device=torch.device("cpu"),
            keep=lambda point: kept.append(point if keep is None else keep(classifier, point)),
            **{**defaults, **options},
        )
        return result, kept

    return run


def test_the_last_kept_point_is_the_best_and_lies_on_the_curve(climb):
    result, kept = climb()
    assert kept[-1] is result.best
    assert all(point in result.curve for point in kept)
    assert [point.update for point in result.curve] == [2, 6, 12, 18]


def test_a_start_that_nothing_beats_stays_the_best(climb):
    """No share of right answers is near two."""
    unbeaten = dataclasses.replace(climb()[0].best, update=0, metrics={"accuracy": 2.0, "log_loss": 0.0})
    result, kept = climb(start=unbeaten)
    assert result.best is unbeaten
    assert kept == []


def test_without_a_start_and_without_time_there_is_nothing_to_keep(climb):
    with pytest.raises(TrialFailed, match="time was used up"):
        climb(remaining=lambda: 0.0)


@pytest.mark.parametrize(
    ("n_train", "batch_size", "frozen"), [(100, 16, True), (5000, 16, False), (5000, 4, True)]
)
def test_few_examples_keep_the_sources_statistics(n_train, batch_size, frozen):
    assert freezes_statistics(Recipe("full_finetune", batch_size=batch_size), n_train) is frozen


def test_a_look_at_a_solved_head_also_costs_a_pass_over_the_training_part(workload):
    plain = updates_per_look(workload, Recipe("full_finetune", batch_size=12))
    solved = updates_per_look(workload, Recipe("contrastive", batch_size=12))
    averaged = updates_per_look(workload, Recipe("full_finetune", batch_size=12, ema_decay=0.9))
    assert (plain, solved, averaged) == pytest.approx((0.4 * 24 / 12 + 1, 0.4 * 60 / 12 + 1, 0.4 * 48 / 12 + 1))


@pytest.mark.parametrize(("batch_norm", "frozen"), [("frozen", True), ("trained", False)])
def test_a_recipe_may_decide_about_statistics_itself(batch_norm, frozen):
    for n_train in (10, 10_000):
        assert freezes_statistics(Recipe("full_finetune", batch_norm=batch_norm), n_train) is frozen


def test_a_run_is_repeated_on_more_rows_as_it_was():
    """What the number of rows decided stays decided; what it never decides is left alone."""
    few = settled(Recipe("full_finetune"), 100)
    assert freezes_statistics(few, 100_000)
    assert not freezes_statistics(settled(Recipe("full_finetune"), 100_000), 100)
    assert settled(few, 100_000) == few
    for strategy in ("linear_probe", "from_scratch"):
        assert settled(Recipe(strategy), 100) == Recipe(strategy)


def test_weights_and_their_average_compete_on_validation_and_the_better_is_kept(climb, workload, tiny_model):
    recipe = dataclasses.replace(RECIPE, ema_decay=0.9, learning_rate=3e-2)

    def score(classifier, point):
        inputs = PreparedInputs(classifier.backbone, workload.validation.inputs, torch.device("cpu"))
        return point, validate(classifier, inputs, workload.validation.labels, torch.device("cpu"))

    result, kept = climb(recipe, keep=score)
    plain, _ = climb(dataclasses.replace(recipe, ema_decay=0.0))
    assert kept
    assert all(dict(point.metrics) == figures for point, figures in kept)
    metric = metrics.get("accuracy")
    pairs = list(zip(result.curve, plain.curve, strict=True))
    assert all(not improves(metric, alone.metrics, both.metrics) for both, alone in pairs)
    assert any(improves(metric, both.metrics, alone.metrics) for both, alone in pairs)
    assert [both.train_loss for both, _ in pairs] == [alone.train_loss for _, alone in pairs]


@pytest.mark.parametrize(("patience", "points"), [(0, 4), (1, 1), (2, 2), (9, 4)])
def test_a_run_ends_by_itself_when_patience_is_out(climb, patience, points):
    perfect = CurvePoint(0, 0.0, 0.0, 0.0, {"accuracy": 1.0, "log_loss": 0.0})
    result, _ = climb(dataclasses.replace(RECIPE, patience=patience), start=perfect)
    assert len(result.curve) == 1 + points
    assert result.stopped == ""


def test_patience_is_not_used_up_by_a_curve_that_rises(climb):
    first = climb()[0].curve[0]
    start = dataclasses.replace(first, update=0, metrics={"accuracy": 0.0, "log_loss": 9.0})
    result, _ = climb(dataclasses.replace(RECIPE, patience=1), start=start)
    assert len(result.curve) > 2


def test_the_outcome_says_how_many_examples_fitted_into_memory(climb):
    assert climb()[0].micro_batch == 12


def test_time_that_is_over_while_images_are_prepared_leaves_the_start(climb, tiny_model, monkeypatch):
    """No more than what was begun is prepared, of neither part."""
    prepared_images = []
    backbone = type(tiny_model.backbone)
    original = backbone.preprocess
    monkeypatch.setattr(prepared, "_CHUNK", 4)
    monkeypatch.setattr(
        backbone, "preprocess", lambda self, some: prepared_images.append(len(some)) or original(self, some)
    )
    left, start = iter([10.0]), CurvePoint(0, 0.0, 0.0, 0.0, {"accuracy": 0.5, "log_loss": 1.0})
    result, kept = climb(start=start, remaining=lambda: next(left, 0.0))
    assert (result.best, result.stopped, kept) == (start, "deadline", [])
    assert sum(prepared_images) == 8 + 4
