"""A trial never ends below its linear probe, obeys clock and scheduler, and leaves a loadable checkpoint."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch

from automl_tl.errors import TrialFailed
from automl_tl.finetune.choice import standard_error
from automl_tl.finetune.fitted import load
from automl_tl.finetune.metrics import all_metrics, metrics
from automl_tl.finetune.recipe import Recipe
from automl_tl.finetune.strategies.base import strategies
from automl_tl.finetune.trial import run_trial

FULL = Recipe("full_finetune", updates=45, batch_size=12, learning_rate=3e-3)


@pytest.fixture
def run(workload, model_id, load_tiny, unlimited):
    """Return a function that runs one trial; keyword arguments replace the defaults."""

    def call(recipe=FULL, work=workload, **options):
        defaults = {"seed": 0, "report": lambda point: True, "remaining": unlimited, "trial": "t0001"}
        return run_trial(work, model=model_id, recipe=recipe, load_model=load_tiny, **{**defaults, **options})

    return call


def test_the_curve_starts_at_the_linear_probe_and_reports_every_rung(run, workload, model_id):
    reported = []
    outcome = run(report=lambda point: reported.append(point) or True)
    head = workload.heads[model_id]
    probe = all_metrics(workload.validation.labels, head.probabilities(workload.validation_features[model_id]))
    assert outcome.curve[0].metrics == probe
    assert outcome.curve[0].update == 0
    assert list(outcome.curve[1:]) == reported
    assert [point.update for point in reported] == [5, 15, 30, 45]
    assert outcome.stopped == ""


@pytest.mark.parametrize("rate", [1e-5, 3e-3, 1.0])
def test_no_trial_ends_clearly_below_its_linear_probe_whatever_the_rate(run, workload, rate):
    """Clearly is by more than a standard error of the highest point."""
    outcome, accuracy = run(dataclasses.replace(FULL, learning_rate=rate, updates=9)), metrics.get("accuracy")
    highest = max(point.metrics["accuracy"] for point in outcome.curve)
    floor = highest - standard_error(accuracy, highest, len(workload.validation))
    assert outcome.best.metrics["accuracy"] >= floor


@pytest.mark.parametrize("rate", [3e-3, 1.0])
def test_every_report_says_what_the_run_is_then(run, workload, rate):
    """Whoever stops it there never hears of its outcome, and must know which point lies on disk."""
    told, on_disk = [], []

    def report(point):
        told.append(point.so_far)
        on_disk.append(load(workload.checkpoint_root / "t0001").notes["update"])
        return True

    outcome = run(dataclasses.replace(FULL, learning_rate=rate), report=report)
    assert [each.kept for each in told] == on_disk
    assert [each.before for each in told] == [outcome.curve[:count] for count in (1, 2, 3, 4)]
    assert told[-1].kept == outcome.best.update
    assert all(point.so_far is None for point in outcome.curve)


def test_the_checkpoint_on_disk_is_the_best_point(run, workload):
    outcome = run()
    assert outcome.checkpoint == workload.checkpoint_root / "t0001"
    fitted = load(outcome.checkpoint)
    figures = all_metrics(workload.validation.labels, fitted.predict_proba(workload.validation.inputs))
    assert figures == pytest.approx(dict(outcome.best.metrics), abs=1e-4)
    assert fitted.recipe == FULL
    assert [path.name for path in workload.checkpoint_root.iterdir()] == ["t0001"]


def test_the_same_seed_gives_the_same_trial_and_the_given_backbone_is_not_changed(run, tiny_model):
    before = {name: value.clone() for name, value in tiny_model.backbone.state_dict().items()}
    augmented = dataclasses.replace(FULL, augment="flip", label_smoothing=0.1)
    first, second = run(augmented, trial="a"), run(augmented, trial="b")
    assert [p.metrics for p in first.curve] == [p.metrics for p in second.curve]
    assert [p.train_loss for p in first.curve] == [p.train_loss for p in second.curve]
    assert (first.checkpoint / "model.safetensors").read_bytes() == (
        second.checkpoint / "model.safetensors"
    ).read_bytes()
    assert all(torch.equal(value, before[name]) for name, value in tiny_model.backbone.state_dict().items())


def test_another_seed_gives_another_trial(run):
    assert run(seed=1).curve[-1].train_loss != run(seed=2).curve[-1].train_loss


def test_the_scheduler_can_stop_a_trial(run):
    outcome = run(report=lambda point: point.update < 15)
    assert outcome.curve[-1].update == 15
    assert outcome.stopped == "scheduler"


def test_a_deadline_ends_the_trial_with_a_last_look(run, fake_clock):
    outcome = run(remaining=fake_clock(25))
    assert outcome.stopped == "deadline"
    assert 5 <= outcome.curve[-1].update < 25
    assert load(outcome.checkpoint).class_names == ("dark", "light", "striped")


def test_without_any_time_the_linear_probe_is_what_is_left(run):
    outcome = run(remaining=lambda: -1.0)
    assert outcome.stopped == "deadline"
    assert outcome.best.update == 0
    assert len(outcome.curve) == 1
    assert load(outcome.checkpoint).head.weight.shape[0] == 3


def test_a_cancelled_trial_takes_no_last_look(run):
    asked = []

    def remaining() -> float:
        asked.append(1)
        return float("-inf") if len(asked) > 8 else float("inf")

    outcome = run(remaining=remaining)
    assert outcome.stopped == "cancelled"
    assert outcome.curve[-1].update <= 5


def test_a_linear_probe_has_one_point_and_honours_c(run, workload, model_id):
    reported = []
    strong = run(Recipe("linear_probe", inverse_regularisation=1e-4), report=lambda p: reported.append(p) or True)
    chosen = run(Recipe("linear_probe"), trial="t0002")
    assert [point.fraction for point in reported] == [1.0]
    np.testing.assert_array_equal(load(chosen.checkpoint).head.weight, workload.heads[model_id].weight)
    assert np.abs(load(strong.checkpoint).head.weight).sum() < np.abs(workload.heads[model_id].weight).sum()


def test_divergence_fails_the_trial_but_leaves_the_probe_on_disk(run, workload, monkeypatch):
    monkeypatch.setattr(
        "automl_tl.finetune.objective.F.cross_entropy", lambda *_, **__: torch.tensor(float("nan"))
    )
    monkeypatch.setattr(torch.Tensor, "backward", lambda self: None)
    with pytest.raises(TrialFailed, match="nan at update 1"):
        run()
    assert load(workload.checkpoint_root / "t0001").recipe == FULL


@pytest.mark.parametrize("name", [name for name in strategies if strategies.get(name).trains_by_gradient])
def test_with_every_strategy_a_trial_can_be_repeated_and_its_checkpoint_is_a_plain_model(run, workload, name):
    recipe = Recipe(name, updates=18, batch_size=12, learning_rate=3e-3)
    first, again = run(recipe, trial="a"), run(recipe, trial="b")
    assert [point.update for point in first.curve] == [0, 2, 6, 12, 18]
    assert [point.metrics for point in first.curve] == [point.metrics for point in again.curve]
    weights = [(outcome.checkpoint / "model.safetensors").read_bytes() for outcome in (first, again)]
    assert weights[0] == weights[1]
    figures = all_metrics(
        workload.validation.labels, load(first.checkpoint).predict_proba(workload.validation.inputs)
    )
    assert figures == pytest.approx(dict(first.best.metrics), abs=1e-3)
