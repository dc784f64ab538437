"""A job's model can be made again from its recipe alone, and answers as it did."""

from __future__ import annotations

import dataclasses
import math
import shutil

import numpy as np
import pytest

from automl_tl.data.load import load_dataset
from automl_tl.errors import FailedPrecondition, ModelUnavailable
from automl_tl.finetune.contest import Verdict
from automl_tl.finetune.decision import Decision
from automl_tl.finetune.final_plan import FinalPlan, Run
from automl_tl.finetune.probe_head import settled_head
from automl_tl.finetune.recipe import Recipe
from automl_tl.finetune.workload import HeadChoice
from automl_tl.pipeline.final_model import recipe_of
from automl_tl.pipeline.recipe_file import parse_recipe, recipe_text
from automl_tl.pipeline.remake import remake
from automl_tl.pipeline.steps import fit, ingest, probe, rank, search
from automl_tl.search.model_cache import ModelCache
from automl_tl.testing.runner import toy_workload


@pytest.fixture
def done(image_bench, monkeypatch):
    """Return a job with a fine-tuned model, what FIT made of it, its recipe, and the cards."""
    monkeypatch.setattr(
        "automl_tl.finetune.finishing.against_probe",
        lambda *args, **kwargs: Verdict(
            0.75, Decision("fine-tuning", True, "so"), Decision("mixture", True, "so")
        ),
    )
    job = image_bench.job()
    ingested = ingest.run(job)
    probed = probe.run(job, ingested)
    searched = search.run(job, ingested, probed, rank.run(job, ingested, probed))
    fitted = fit.run(job, ingested, searched)
    recipe = parse_recipe((fitted.archive.parent / "recipe.yaml").read_text(encoding="utf-8"))
    return job, fitted, recipe, {card.id: card for card in job.candidates}


def test_the_same_recipe_on_the_same_data_gives_the_same_answers(done):
    """Weights too, to the last digit that matters; what was set aside and measured is the same as well."""
    job, fitted, recipe, cards = done
    told = []
    again = remake(recipe, job.dataset, cards, load_model=ModelCache(), progress=told.append)
    assert again.same_answers is True
    np.testing.assert_array_equal(again.predictions.rows, fitted.measured.predictions.rows)
    np.testing.assert_allclose(
        again.predictions.probabilities, fitted.measured.predictions.probabilities, atol=1e-5
    )
    assert again.model.notes["trained_on"] == fitted.model.notes["trained_on"]
    assert any("repeating" in message for message in told)


def test_a_c_for_which_there_was_little_time_comes_with_the_recipe(done, tmp_path, monkeypatch):
    """It is the workload's of the job, and that of the one that repeats it, for retraining too."""
    job, fitted, recipe, cards = done
    settled = {recipe.plan.lead.model: HeadChoice(10.0, rough=True, kept=True)}
    workload = dataclasses.replace(toy_workload(tmp_path), cards=cards, settled=settled)
    answers = fitted.measured.predictions
    written = recipe_of(job, ingest.run(job), workload, recipe.plan, fitted.model, answers, ModelCache())
    asked = []
    monkeypatch.setattr(
        "automl_tl.pipeline.remake.carry_out", lambda plan, workload, **options: asked.append(workload)
    )
    with pytest.raises(FailedPrecondition, match="not carried out"):
        remake(parse_recipe(recipe_text(written)), job.dataset, cards, load_model=ModelCache())
    (again,) = asked
    assert again.settled == settled
    ((model, choice),) = settled.items()
    expected = settled_head(again, model, choice, seed=recipe.seed)
    np.testing.assert_array_equal(again.heads[model].weight, expected.weight)


def test_every_kind_of_step_can_be_repeated(done):
    """A soup of runs cut short at any update, interpolated, with a probe of another backbone beside it."""
    job, _, recipe, cards = done
    model = recipe.plan.lead.model
    tuned = Recipe("full_finetune", updates=9, batch_size=8)
    plan = FinalPlan(
        (Run("t7", model, tuned, 1, 4), Run("t8", model, tuned, 2, 9)),
        share=0.5,
        retrained=False,
        probes_retrained=True,
        members=(Run("t1", model, Recipe("linear_probe"), 0, 0), Run("t9", model, tuned, 3, 0)),
        temperature=1.5,
    )
    recipe = dataclasses.replace(recipe, plan=plan, outcome=None)
    first, second = (remake(recipe, job.dataset, cards, load_model=ModelCache()) for _ in range(2))
    assert first.same_answers is None
    assert first.model.temperature == 1.5
    assert len(first.model.members) == 2
    np.testing.assert_array_equal(first.predictions.probabilities, second.predictions.probabilities)


@pytest.mark.parametrize(("gpus", "devices"), [(0, 1), (2, 2), (8, 4)])
def test_training_is_divided_as_the_jobs_was_over_the_gpus_that_there_are(done, monkeypatch, gpus, devices):
    """The repeated trials and the retraining share one workload."""
    job, _, recipe, cards = done
    monkeypatch.setattr("torch.cuda.device_count", lambda: gpus)
    asked = []

    def carry_out(plan, workload, **options):
        asked.append(workload.devices)

    monkeypatch.setattr("automl_tl.pipeline.remake.carry_out", carry_out)
    with pytest.raises(FailedPrecondition, match="not carried out"):
        remake(dataclasses.replace(recipe, devices=4), job.dataset, cards, load_model=ModelCache())
    assert asked == [devices]


@pytest.mark.parametrize("compiled", [True, False])
def test_training_is_compiled_as_the_jobs_was(done, tmp_path, monkeypatch, compiled):
    """What the job's workload says stands in its recipe, and from there comes into the one that repeats it."""
    job, fitted, recipe, cards = done
    ingested = ingest.run(job)
    workload = dataclasses.replace(toy_workload(tmp_path), cards=cards, compiled=compiled)
    answers = fitted.measured.predictions
    written = recipe_of(job, ingested, workload, recipe.plan, fitted.model, answers, ModelCache())
    asked = []
    monkeypatch.setattr(
        "automl_tl.pipeline.remake.carry_out", lambda plan, workload, **options: asked.append(workload.compiled)
    )
    with pytest.raises(FailedPrecondition, match="not carried out"):
        remake(parse_recipe(recipe_text(written)), job.dataset, cards, load_model=ModelCache())
    assert asked == [compiled]


def test_other_data_are_refused_unless_they_are_meant(done, tmp_path):
    """The recipe is then applied as it stands, and there is nothing to compare with."""
    job, _, recipe, cards = done
    folder = shutil.copytree(job.dataset.root, tmp_path / "other")
    victim = next(path for path in sorted(folder.rglob("*")) if path.is_file())
    shutil.copyfile(victim, victim.with_name(f"copy{victim.suffix}"))
    other = load_dataset(folder)
    with pytest.raises(FailedPrecondition, match="--other-data"):
        remake(recipe, other, cards, load_model=ModelCache())
    made = remake(recipe, other, cards, load_model=ModelCache(), other_data=True)
    assert made.same_answers is None
    assert math.isclose(float(made.predictions.probabilities.sum()), len(made.predictions.rows), rel_tol=1e-4)


def test_other_weights_are_refused(done):
    """A model with the same name may have changed."""
    job, _, recipe, cards = done
    models = tuple(dataclasses.replace(part, sha256="0" * 64) for part in recipe.models)
    with pytest.raises(ModelUnavailable, match="the recipe says 0000"):
        remake(dataclasses.replace(recipe, models=models), job.dataset, cards, load_model=ModelCache())
