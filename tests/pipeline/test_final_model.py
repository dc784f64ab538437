"""The trials of a job become its model."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import replace

import numpy as np
import pytest

from automl_tl.finetune import contest, finishing
from automl_tl.finetune.cross_validate import HeldOut
from automl_tl.finetune.decision import Decision
from automl_tl.finetune.evaluate import evaluate, predict_rows
from automl_tl.finetune.evaluation import Predictions
from automl_tl.finetune.finishing import plan_final_model
from automl_tl.finetune.metrics import metrics
from automl_tl.finetune.trial import fitted_on_probe
from automl_tl.pipeline import final_model
from automl_tl.pipeline.final_model import make_final_model, nested_estimate, outcome_of, recipe_of
from automl_tl.pipeline.recipe_file import parse_recipe, recipe_text
from automl_tl.pipeline.steps import ingest, probe, rank, search
from automl_tl.search.model_cache import ModelCache
from automl_tl.search.trial import Trial


@pytest.fixture
def searched(image_bench):
    """Return a small image job with what the early stages made of it."""
    job = image_bench.job()
    ingested = ingest.run(job)
    probed = probe.run(job, ingested)
    return job, ingested, search.run(job, ingested, probed, rank.run(job, ingested, probed))


def test_the_model_is_made_of_the_jobs_trials_and_every_decision_is_told(searched):
    """The trial it is named after is the plan's leading one."""
    job, ingested, found = searched
    made = make_final_model(job, ingested, found, ModelCache(), remaining=lambda: math.inf)
    assert made.trial.id == made.plan.lead.trial
    assert made.decisions[0].step == "fine-tuning"
    assert made.decisions[-1].step == "retraining"
    assert made.model.temperature == made.plan.temperature


def test_a_job_never_returns_what_validation_puts_below_its_linear_probe(searched, monkeypatch):
    """Whatever became of the fine-tuned weights, and although rows held out in turn speak for them."""
    job, ingested, found = searched
    labels = np.arange(300) % 2
    right, wrong = (np.full((300, 2), 0.1) + 0.8 * np.eye(2)[(labels + step) % 2] for step in (0, 1))
    praise = HeldOut(np.arange(300), labels, wrong, right, 3)
    monkeypatch.setattr(contest, "held_out_answers", lambda *args, **kwargs: praise)
    loaded, runs, planned = final_model.load, [], []

    def spoilt(checkpoint):
        model = loaded(checkpoint)
        if not model.notes["update"]:
            return model
        runs.append(replace(model, head=replace(model.head, weight=-model.head.weight)))
        return runs[-1]

    def planning(*args, **kwargs):
        planned.append(plan_final_model(*args, **kwargs))
        return planned[-1]

    monkeypatch.setattr(final_model, "load", spoilt)
    monkeypatch.setattr(final_model, "plan_final_model", planning)
    made = make_final_model(job, ingested, found, ModelCache(), remaining=lambda: math.inf)
    workload = found.workload
    validation = workload.validation

    def value(model):
        return ingested.metric.value(validation.labels, model.answers(validation.inputs))

    probe = fitted_on_probe(workload, made.probe, workload.heads[made.probe], ModelCache())
    assert value(planned[0].model) >= value(probe)
    assert all(value(run) < value(probe) for run in runs)
    assert runs


def test_a_trial_without_a_curve_began_and_ended_with_the_probe():
    """Its only point is update 0."""
    assert outcome_of(Trial("t1", 1, "local:a", "linear_probe", {}, 0, "probe")).best.update == 0


def test_few_rows_get_a_nested_estimate_without_the_test_part(searched):
    """Its rows are those of train and validation; many rows need none."""
    job, ingested, found = searched
    split = ingested.target.split
    assert nested_estimate(job, found.workload).rows == len(split.train) + len(split.validation)
    whole = found.workload.train.picked(np.arange(500) % len(split.train))
    assert nested_estimate(job, replace(found.workload, train=whole)) is None


def test_the_recipe_names_weights_data_and_every_run(searched):
    """Enough to make the model again."""
    job, ingested, found = searched
    models = ModelCache()
    made = make_final_model(job, ingested, found, models, remaining=lambda: math.inf)
    answers = predict_rows(made.model, ingested.target, ingested.target.split.test)
    divided = dataclasses.replace(found.workload, devices=2)
    recipe = recipe_of(job, ingested, divided, made.plan, made.model, answers, models)
    assert recipe.devices == 2
    assert recipe.data.sha256 == job.dataset.digest
    assert [part.id for part in recipe.models] == [made.trial.model]
    assert recipe.models[0].sha256 == models(found.workload.cards[made.trial.model]).weights_digest
    assert parse_recipe(recipe_text(recipe)) == recipe


def test_the_recipes_value_is_that_of_the_report(searched):
    """Where decisions count, they are made at the thresholds of the model."""
    job, ingested, found = searched
    models, hamming = ModelCache(), metrics.get("hamming_loss")
    made = make_final_model(job, ingested, found, models, remaining=lambda: math.inf)
    labels, probabilities = np.array([[1, 0], [0, 0]]), np.array([[0.3, 0.1], [0.1, 0.1]], np.float32)
    told = Predictions(np.arange(2), labels, probabilities, thresholds=(0.2, 0.2))
    asked = replace(ingested, metric=hamming)
    recipe = recipe_of(job, asked, found.workload, made.plan, made.model, told, models)
    assert hamming.value(labels, probabilities) == 0.25
    assert recipe.outcome.value == 0.0 == evaluate(told, name="final").metrics["hamming_loss"].value


def test_a_run_without_a_look_is_told_from_one_that_was_no_better(searched, monkeypatch):
    """Time may be over before its first rung."""
    job, ingested, found = searched
    seen = {}

    def planning(workload, runs, **options):
        seen.update({each.run.trial: each.looked for each in runs})
        return plan_final_model(workload, runs, **options)

    monkeypatch.setattr(final_model, "plan_final_model", planning)
    make_final_model(job, ingested, found, ModelCache(), remaining=lambda: math.inf)
    trials = {trial.id: trial for trial in found.result.trials}
    assert {name: trials[name].strategy != "linear_probe" for name in seen} == seen
    assert set(seen.values()) == {True, False}


def test_retraining_is_told_what_a_row_takes(searched, monkeypatch):
    """So that its checks are over in time."""
    job, ingested, found = searched
    told, real = [], final_model.refit
    monkeypatch.setattr(
        final_model,
        "refit",
        lambda *args, **options: told.append(options["row_seconds"]) or real(*args, **options),
    )
    make_final_model(job, ingested, found, ModelCache(), remaining=lambda: math.inf)
    assert told[0] > 0


def test_models_of_a_limited_job_do_not_answer_together(make_bench, image_folder, monkeypatch):
    """Each keeps to the limits, and nobody measured both; without a limit the same job gets its ensemble."""
    job = make_bench(image_folder, top_k=2, ensemble=True).job()
    ingested = ingest.run(job)
    probed = probe.run(job, ingested)
    found = search.run(job, ingested, probed, rank.run(job, ingested, probed))
    monkeypatch.setattr(finishing, "select_members", lambda answers, labels, improves: tuple(range(len(answers))))
    monkeypatch.setattr(finishing, "weigh", lambda step, *args, **options: Decision(step, True, "it helps"))
    free, bound = (
        make_final_model(each, ingested, found, ModelCache(), remaining=lambda: math.inf)
        for each in (job, _limited(job, max_parameters=10**9))
    )
    assert {free.model.card.id, *(member.card.id for member in free.model.members)} == set(found.workload.cards)
    assert (bound.model.members, bound.plan.members) == ((), ())
    told = [each for each in bound.decisions if each.step == "ensemble"]
    assert [(each.kept, "limits hold for one model" in each.reason) for each in told] == [(False, True)]


def test_a_limited_job_that_asked_for_no_ensemble_hears_nothing_of_one(searched):
    """There is nothing to refuse."""
    job, ingested, found = searched
    limited = _limited(job, max_memory_mb=10**6)
    made = make_final_model(limited, ingested, found, ModelCache(), remaining=lambda: math.inf)
    assert "ensemble" not in {each.step for each in made.decisions}


def _limited(job, **limits):
    models = job.spec.models.model_copy(update=limits)
    return replace(job, spec=job.spec.model_copy(update={"models": models}))
