"""Trials, baselines, blends and saved models of numbers and of several labels."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
import torch

from automl_tl.errors import DataCorrupted, InvalidInput
from automl_tl.finetune.baselines import best_probe, constant_answer, from_scratch, linear_probe
from automl_tl.finetune.classical import fit_classical
from automl_tl.finetune.classifier import Classifier, random_head
from automl_tl.finetune.cross_validate import folds_of
from automl_tl.finetune.fine_tuning import objective_of, training_data
from automl_tl.finetune.fitted import load
from automl_tl.finetune.label_loss import BinaryCrossEntropy
from automl_tl.finetune.metrics import metrics_of
from automl_tl.finetune.model_readme import readme
from automl_tl.finetune.number_loss import NumberLoss
from automl_tl.finetune.objective import CrossEntropy
from automl_tl.finetune.probe_head import choose_head
from automl_tl.finetune.recipe import Recipe
from automl_tl.finetune.soup import average
from automl_tl.finetune.straight_run import straight_run
from automl_tl.finetune.training_data import recipe_weights
from automl_tl.finetune.trial import run_trial
from automl_tl.finetune.wise import interpolate
from automl_tl.finetune.workload import LabelledInputs

RECIPE = Recipe("full_finetune", updates=18, batch_size=12, learning_rate=2e-3, label_smoothing=0.05)


def numbers_of(part: LabelledInputs, factor: float = 1.0) -> np.ndarray:
    """Return how bright each picture is, around 2000 in a unit of its own."""
    return factor * (2000.0 + 3.0 * np.array([float(np.mean(image)) for image in part.inputs]))


def sets_of(part: LabelledInputs) -> np.ndarray:
    """Return whether each picture is bright, and whether it has stripes."""
    bright = np.array([np.mean(image) > 100 for image in part.inputs])
    return np.column_stack([bright, part.labels == 2]).astype(np.int64)


def relabelled(workload, task, names, metric, labels_of):
    train, validation = (
        LabelledInputs(part.inputs, labels_of(part)) for part in (workload.train, workload.validation)
    )
    bare = dataclasses.replace(
        workload, task=task, class_names=names, metric=metric, train=train, validation=validation, heads={}
    )
    model = next(iter(workload.cards))
    return dataclasses.replace(bare, heads={model: choose_head(bare, model, seed=0)[0]})


@pytest.fixture
def numbers(workload):
    return relabelled(workload, "regression", ("glow",), "rmse", numbers_of)


@pytest.fixture
def sets(workload):
    names = ("bright", "striped")
    return relabelled(workload, "multilabel", names, "mean_average_precision", sets_of)


@pytest.fixture
def trial(model_id, load_tiny, unlimited):
    """Return a function that runs a trial on a workload."""

    def run(workload, recipe=RECIPE):
        return run_trial(
            workload,
            trial="t0001",
            model=model_id,
            recipe=recipe,
            seed=0,
            report=lambda point: True,
            remaining=unlimited,
            load_model=load_tiny,
        )

    return run


@pytest.mark.parametrize("kind", ["numbers", "sets"])
def test_a_trial_starts_with_the_probe_and_never_ends_below_it(kind, trial, request):
    """Every metric of the task is on every point of the curve, and the kept model loads from disk."""
    workload = request.getfixturevalue(kind)
    outcome = trial(workload)
    assert [round(9 * point.fraction) for point in outcome.curve] == [0, 1, 3, 6, 9]
    assert all(set(point.metrics) == set(metrics_of(workload.task)) for point in outcome.curve)
    assert all(math.isfinite(point.train_loss) for point in outcome.curve)
    start, best = outcome.curve[0].metrics[workload.metric], outcome.best.metrics[workload.metric]
    assert best <= start if kind == "numbers" else best >= start
    fitted = load(outcome.checkpoint)
    answers = fitted.answers(workload.validation.inputs)
    assert answers.shape == (24, len(workload.class_names))
    kept = outcome.best.metrics["rmse" if kind == "numbers" else "log_loss"]
    found = metrics_value(workload, answers, "rmse" if kind == "numbers" else "log_loss")
    assert found == pytest.approx(kept, rel=1e-3)


def metrics_value(workload, answers, name):
    from automl_tl.finetune.metrics import metrics

    return metrics.get(name).value(workload.validation.labels, answers)


def test_the_unit_of_a_number_does_not_matter(numbers, workload, trial):
    """Grams or tonnes: the same curve, and errors in the unit of the data."""
    other = relabelled(workload, "regression", ("glow",), "rmse", lambda part: numbers_of(part, 1e-6))
    first, second = trial(numbers), trial(other)
    for ours, theirs in zip(first.curve, second.curve, strict=True):
        assert theirs.metrics["r2"] == pytest.approx(ours.metrics["r2"], abs=1e-3)
        assert theirs.metrics["mae"] == pytest.approx(1e-6 * ours.metrics["mae"], rel=1e-2)


def test_training_moves_a_head_in_units_of_the_deviation(numbers, tiny_model, model_id):
    """What the network is given and what it tells are numbers in their own unit."""
    head = numbers.heads[model_id]
    classifier = Classifier(tiny_model.backbone, head).eval()
    batch = tiny_model.backbone.preprocess(list(numbers.validation.inputs[:3]))
    with torch.inference_mode():
        raw, scaled = classifier(batch)[:, 0], classifier.standardised(batch)[:, 0]
    mean, deviation = head.unit
    assert raw.numpy() == pytest.approx(mean + deviation * scaled.numpy(), rel=1e-5)
    assert abs(scaled).max() < 5
    back = classifier.linear_head()
    assert back.weight == pytest.approx(head.weight, rel=1e-4)
    assert back.bias == pytest.approx(head.bias, rel=1e-4)
    assert (back.link, back.unit) == (head.link, head.unit)


@pytest.mark.parametrize("kind", ["numbers", "sets"])
def test_blends_and_ensembles_answer_in_between(kind, request, trial, model_id, load_tiny, unlimited):
    """Soup and interpolation keep what outputs mean; members are averaged."""
    workload = request.getfixturevalue(kind)
    probe = linear_probe(workload, seed=0, load_model=load_tiny)
    tuned = straight_run(
        workload,
        model=model_id,
        recipe=RECIPE,
        updates=6,
        seed=0,
        remaining=unlimited,
        load_model=load_tiny,
    )
    inputs = workload.validation.inputs[:4]
    for blend in (average([probe, tuned]), interpolate(probe, tuned, 0.5)):
        assert blend.head.link == tuned.head.link
        assert np.isfinite(blend.answers(inputs)).all()
    several = dataclasses.replace(tuned, members=(probe,))
    expected = (tuned.answers(inputs) + probe.answers(inputs)) / 2
    assert several.answers(inputs) == pytest.approx(expected, rel=1e-5)


def test_a_saved_model_of_numbers_tells_numbers(numbers, load_tiny, tmp_path):
    """It has no probabilities, and its README says what it predicts."""
    fitted = linear_probe(numbers, seed=0, load_model=load_tiny)
    back = load(fitted.save(tmp_path / "model"))
    inputs = numbers.validation.inputs[:5]
    assert back.predict(inputs) == pytest.approx(fitted.predict(inputs), rel=1e-6)
    assert all(isinstance(each, float) for each in back.predict(inputs))
    assert (back.head.link, back.head.unit) == ("identity", pytest.approx(fitted.head.unit))
    with pytest.raises(InvalidInput, match="predicts numbers"):
        back.predict_proba(inputs)
    text = readme(fitted)
    assert "the number `glow`" in text
    assert "predict_proba" not in text


def test_a_saved_model_of_labels_keeps_its_thresholds(sets, load_tiny, tmp_path):
    """They decide which labels are told."""
    fitted = linear_probe(sets, seed=0, load_model=load_tiny)
    back = load(dataclasses.replace(fitted, thresholds=(0.0, 1.1)).save(tmp_path / "model"))
    assert back.thresholds == (0.0, 1.1)
    inputs = sets.validation.inputs[:5]
    assert back.predict(inputs) == [["bright"]] * 5
    assert back.predict_proba(inputs).shape == (5, 2)
    assert "2 labels: `bright`, `striped`" in readme(back)


def test_a_model_of_an_unknown_task_is_refused(sets, load_tiny, tmp_path):
    """It was written by something else."""
    fitted = linear_probe(sets, seed=0, load_model=load_tiny)
    saved = dataclasses.replace(fitted, task="sorting").save(tmp_path / "model")
    with pytest.raises(DataCorrupted, match="sorting"):
        load(saved)


@pytest.mark.parametrize("kind", ["numbers", "sets"])
def test_every_baseline_can_be_made(kind, request, load_tiny, model_id, unlimited):
    """Constant, probe, pixels, and the same network from random weights."""
    workload = request.getfixturevalue(kind)
    rows, outputs = np.arange(24), len(workload.class_names)
    labels = workload.validation.labels
    constant, predictions = constant_answer(workload.train.labels, rows, labels, outputs, metric=workload.metric)
    assert constant.name == ("mean" if kind == "numbers" else "label frequencies")
    assert predictions.probabilities.shape == (24, outputs)
    assert best_probe(workload, seed=0) == model_id
    classical = fit_classical(workload.train, outputs, modality="image", seed=0)
    assert classical.predict_proba(workload.validation.inputs).shape == (24, outputs)
    assert classical.description.startswith("ridge" if kind == "numbers" else "logistic regression per label")
    scratch = from_scratch(
        workload, model=model_id, recipe=RECIPE, seed=0, remaining=unlimited, load_model=load_tiny
    )
    assert np.isfinite(scratch.answers(workload.validation.inputs)).all()


def test_the_task_says_what_is_minimised(workload, numbers, sets):
    """And the strategy only where classes are learnt."""
    assert isinstance(objective_of(workload, RECIPE), CrossEntropy)
    assert isinstance(objective_of(numbers, RECIPE), NumberLoss)
    assert objective_of(sets, RECIPE) == BinaryCrossEntropy(0.05)


def test_a_metric_alone_does_not_weigh_labels(sets, tiny_model):
    """They do not compete for one answer; a recipe that asks for weights has them."""
    classifier = Classifier(tiny_model.backbone, random_head(2, tiny_model.backbone.embedding_size, seed=0))
    data = training_data(classifier, sets, torch.device("cpu"))
    counts = sets.train.labels.sum(axis=0)
    assert counts[0] != counts[1]
    assert recipe_weights(data, RECIPE).tolist() == [1.0, 1.0]
    asked = recipe_weights(data, dataclasses.replace(RECIPE, class_weights="inverse"))
    assert asked * counts == pytest.approx(np.full(2, counts.mean()), rel=1e-5)


@pytest.mark.parametrize("kind", ["numbers", "sets"])
def test_folds_hold_out_every_row_once(kind, request):
    """Whatever labels look like."""
    labels = request.getfixturevalue(kind).train.labels
    folds = folds_of(labels, 3, seed=0)
    assert set(folds.tolist()) <= {-1, 0, 1, 2}
    assert (folds >= 0).mean() > 0.9
