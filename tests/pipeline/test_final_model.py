"""The trials of a job become its model."""

from __future__ import annotations

import dataclasses
import math

import pytest

from automl_tl.finetune.evaluate import predict_rows
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


def test_a_trial_without_a_curve_began_and_ended_with_the_probe():
    """Its only point is update 0."""
    assert outcome_of(Trial("t1", 1, "local:a", "linear_probe", {}, 0, "probe")).best.update == 0


def test_few_rows_get_a_nested_estimate_without_the_test_part(searched):
    """Its rows are those of train and validation; many rows need none."""
    job, ingested, found = searched
    split = ingested.target.split
    assert nested_estimate(job, ingested, found.workload).rows == len(split.train) + len(split.validation)


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
