"""FIT: retrain the winner on train and validation, and measure it once on the sealed test part."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from automl_tl.data.dataset import TargetData
from automl_tl.errors import TrialFailed
from automl_tl.finetune.baselines import constant_answer, from_scratch, linear_probe
from automl_tl.finetune.classical import fit_classical
from automl_tl.finetune.conformal import Coverage, calibrate_sets, measure_coverage
from automl_tl.finetune.decision import Decision
from automl_tl.finetune.evaluate import evaluate, paired_difference, predict_rows
from automl_tl.finetune.evaluation import Evaluation, Predictions
from automl_tl.finetune.final_plan import TRAINED_ON
from automl_tl.finetune.fitted import FittedModel, load
from automl_tl.finetune.model_archive import pack, unpack
from automl_tl.finetune.nested import NestedEstimate, NotEstimated
from automl_tl.finetune.probe_head import merged
from automl_tl.finetune.recipe import Recipe
from automl_tl.finetune.strategies.base import strategies
from automl_tl.finetune.tasks.base import learning_tasks
from automl_tl.json_codec import from_plain, to_plain
from automl_tl.pipeline.baseline_thresholds import (
    comparable,
    constant_thresholds,
    probe_temperature,
    probe_thresholds,
)
from automl_tl.pipeline.cheaper import SMALLER_MODEL, smaller_baseline, smaller_rival
from automl_tl.pipeline.context import JobContext
from automl_tl.pipeline.final_model import Made, make_final_model, nested_estimate, outcome_of, recipe_of
from automl_tl.pipeline.foreknowledge import row_seconds
from automl_tl.pipeline.inputs import labelled_inputs
from automl_tl.pipeline.ports import ArtifactFile
from automl_tl.pipeline.recipe_file import FILE_NAME, recipe_text
from automl_tl.pipeline.remake import groups_of_test
from automl_tl.pipeline.spec import Stage
from automl_tl.pipeline.steps.ingest import Ingested
from automl_tl.pipeline.steps.probe import Probed
from automl_tl.pipeline.steps.search import Searched
from automl_tl.search.budget import Deadline
from automl_tl.search.model_cache import ModelCache
from automl_tl.search.rung0 import PROBE_STRATEGY
from automl_tl.search.trial import Trial
from automl_tl.transferability.base import Ranking
from automl_tl.zoo.card import ModelCard

__all__ = ["TRAINED_ON", "Fitted", "Measured", "measuring_seconds", "outcome_of", "publish", "run"]

_MODEL = "model.zip"
_MEASURED = "test_results.json"
_FINAL = "final"
_NETWORKS = 3.0
"""The final model may be a fine-tuned one with a linear probe beside it; the probe is measured alone as well."""
_PROBE = "linear probe"
_SLOW = ("classical", "from scratch", SMALLER_MODEL)
"""Baselines that are left out where time is short; the report's claims mean nothing without the others."""


@dataclass(frozen=True)
class Measured:
    """What the sealed test part said, once.

    Attributes
    ----------
    predictions
        The final model's answers on the test rows.
    evaluations
        The final model first, then every baseline.
    skipped
        Baselines that were not measured, each with its reason.
    decisions
        How the final model was made, step by step; measured without the test part.
    coverage
        What the prediction sets do on the test rows, one of each unit where rows belong together; None if the job
        was not asked for them.
    nested
        Where rows are few: nested cross-validation of the best linear probe, without the test rows; else None.
    nested_missing
        Why it was not made although rows are few, as the end of a sentence; "" where it was, or rows are many.
    """

    predictions: Predictions
    evaluations: tuple[Evaluation, ...]
    skipped: Mapping[str, str] = field(default_factory=dict)
    decisions: tuple[Decision, ...] = ()
    coverage: Coverage | None = None
    nested: NestedEstimate | None = None
    nested_missing: str = ""


@dataclass(frozen=True)
class Fitted:
    """The model that the job returns, the trial it came from, and its figures."""

    model: FittedModel
    archive: Path
    trial: Trial
    measured: Measured


def measuring_seconds(job: JobContext, ingested: Ingested, probed: Probed, ranking: Ranking) -> float:
    """Return how long the final model and a linear probe may take for the test part, 0 where nobody knows.

    The slowest of the models that search may choose foretells it, by what probing took for one row.
    """
    models = [row.model for row in ranking.tried(job.spec.top_k)]
    return _NETWORKS * len(ingested.target.split.test) * row_seconds(probed.embeddings[model] for model in models)


def run(job: JobContext, ingested: Ingested, searched: Searched) -> Fitted:
    """Finish the model, measure and compare; restores what was published, so the test part is used once."""
    if job.journal.finished_stage(Stage.FIT):
        return _restore(job, searched)
    models = ModelCache()
    workload = searched.workload
    made = make_final_model(job, ingested, searched, models, remaining=_remaining(job, job.deadlines.refit))
    job.check()
    trial = made.trial
    model = replace(
        made.model, notes={**made.model.notes, "job": job.name, "trial": trial.id, "dataset": job.dataset.digest}
    )
    model = _with_sets(job, ingested, model)
    directory = model.save(job.directory(Stage.FIT) / "model")
    measured = replace(_measure(job, ingested, searched, made, model, models), decisions=made.decisions)
    measured = _with_nested(measured, nested_estimate(job, workload))
    recipe = recipe_of(job, ingested, workload, made.plan, model, measured.predictions, models)
    text = recipe_text(recipe)
    for place in (directory, job.directory(Stage.FIT)):
        (place / FILE_NAME).write_text(text, encoding="utf-8")
    archive = pack(directory, job.directory(Stage.FIT) / _MODEL)
    return Fitted(model, archive, trial, measured)


def _with_sets(job: JobContext, ingested: Ingested, model: FittedModel) -> FittedModel:
    """Calibrate prediction sets, where asked for, on the rows that were set aside for nothing else."""
    asked = job.spec.conformal
    if not len(ingested.calibration):
        return model
    job.journal.progress(0.35, "calibrating prediction sets")
    answers = predict_rows(model, ingested.target, ingested.calibration, check=job.check)
    sets = calibrate_sets(answers.probabilities, answers.labels, alpha=asked.alpha, method=asked.method)
    return replace(model, conformal=sets)


def _with_nested(measured: Measured, found: NestedEstimate | NotEstimated | None) -> Measured:
    """Return what was measured with the estimate, or with why there is none."""
    if isinstance(found, NotEstimated):
        return replace(measured, nested_missing=found.reason)
    return replace(measured, nested=found)


def publish(job: JobContext, product: Fitted) -> None:
    """Publish the model and what the test part said."""
    path = job.directory(Stage.FIT) / _MEASURED
    path.write_text(json.dumps(to_plain(product.measured)), encoding="utf-8")
    job.journal.publish(
        Stage.FIT,
        [
            ArtifactFile(_MODEL, "model", "application/zip", product.archive),
            ArtifactFile(_MEASURED, "test_results", "application/json", path),
            ArtifactFile(FILE_NAME, "recipe", "application/yaml", path.with_name(FILE_NAME)),
        ],
    )


def _restore(job: JobContext, searched: Searched) -> Fitted:
    directory = job.directory(Stage.FIT)
    archive = job.journal.fetch(_MODEL, directory / _MODEL)
    model = load(unpack(archive, directory / "model"))
    plain = json.loads(job.journal.fetch(_MEASURED, directory / _MEASURED).read_text(encoding="utf-8"))
    return Fitted(model, archive, _trial_of(model, searched), from_plain(Measured, plain))


def _trial_of(model: FittedModel, searched: Searched) -> Trial:
    """Return the trial that a model says it was made of: not the search's best where the probe was preferred."""
    named = model.notes.get("trial")
    return next((trial for trial in searched.result.trials if trial.id == named), searched.result.best)


def _remaining(job: JobContext, deadline: Deadline) -> Callable[[], float]:
    """Return the seconds left for training; none once somebody asked the job to stop."""
    return lambda: -math.inf if job.journal.cancelled() else deadline.remaining()


def _measure(
    job: JobContext,
    ingested: Ingested,
    searched: Searched,
    made: Made,
    model: FittedModel,
    models: ModelCache,
) -> Measured:
    target, metric, seed, trial = ingested.target, ingested.metric.name, job.spec.seed, made.trial
    groups = groups_of_test(target)
    job.journal.progress(0.4, "measuring on the sealed test part")
    final = predict_rows(model, target, target.split.test, check=job.check)
    description = ", ".join(filter(None, (trial.model, trial.strategy, model.beside)))
    evaluations = [evaluate(final, name=_FINAL, description=description, seed=seed, groups=groups)]
    skipped: dict[str, str] = {}
    for name, describe, predict in _baselines(job, ingested, searched, made, model, models, final):
        job.check()
        job.journal.progress(0.5 + 0.1 * len(evaluations), f"baseline: {name}")
        if name in _SLOW and job.deadlines.fit.passed():
            skipped[name] = "the time set aside for fitting was used up"
            continue
        try:
            other = predict()
        except TrialFailed as error:
            skipped[name] = error.message
            continue
        ours, condition = comparable(
            final, tuned=name not in _SLOW, metric=ingested.metric, temperature=model.temperature
        )
        same = name == _PROBE and _has_the_probes_head(made, model)
        evaluations.append(
            evaluate(
                other,
                name=name,
                description=describe,
                seed=seed,
                groups=groups,
                difference=paired_difference(ours, other, metric, seed=seed, groups=groups, same_model=same),
                condition=condition,
                same_model=same,
            )
        )
    return Measured(final, tuple(evaluations), skipped, coverage=_coverage(model, final, target, seed))


def _coverage(model: FittedModel, final: Predictions, target: TargetData, seed: int) -> Coverage | None:
    """Return what the prediction sets do on one test row of each unit, as they were calibrated; None without."""
    if model.conformal is None:
        return None
    groups = target.groups
    apart = final if groups is None else final.one_of_each(groups, seed=seed)
    return measure_coverage(model.conformal, apart.probabilities, apart.labels, unit=target.group_by)


Baseline = tuple[str, str, Callable[[], Predictions]]


def _baselines(
    job: JobContext,
    ingested: Ingested,
    searched: Searched,
    made: Made,
    model: FittedModel,
    models: ModelCache,
    final: Predictions,
) -> list[Baseline]:
    """Return name, description and measurement of each baseline, the free and the promised ones first."""
    target, seed, workload, trial = ingested.target, job.spec.seed, searched.workload, made.trial
    test = target.split.test
    whole = merged(workload)
    both = whole.train
    data = whole if TRAINED_ON in model.notes else workload
    own = Recipe.from_parameters(trial.strategy, trial.parameters)
    recipe = scratch_recipe(model, own, workload.cards[trial.model], len(data.training_part))
    until_fit = _remaining(job, job.deadlines.fit)

    def probe() -> Predictions:
        own_head = _has_the_probes_head(made, model)
        if _only_a_probe(model, own) or (own_head and ingested.metric.of_probabilities):
            return final  # it is its own baseline, for which the same temperature would be found
        if own_head:
            # The same head on the same rows: choosing its penalty once more could take longer than is left.
            return predict_rows(replace(model, temperature=1.0, conformal=None), target, test, check=job.check)
        fitted = linear_probe(workload, seed=seed, load_model=models, model=made.probe, remaining=until_fit)
        thresholds = probe_thresholds(workload, fitted.card.id, seed=seed, remaining=until_fit)
        temperature = probe_temperature(workload, fitted.card.id, seed=seed, remaining=until_fit)
        tuned = replace(fitted, thresholds=thresholds, temperature=temperature)
        return predict_rows(tuned, target, test, check=job.check)

    constant, always = constant_answer(
        both.labels, test, target.labels[test], target.n_classes, metric=ingested.metric.name
    )
    always = constant_thresholds(always, both, metric=ingested.metric.name, seed=seed)

    def classical() -> Predictions:
        fitted = fit_classical(
            both,
            target.n_classes,
            modality=target.dataset.modality,
            seed=seed,
            balanced=ingested.metric.balanced,
            remaining=until_fit,
        )
        inputs = labelled_inputs(target, test)
        return Predictions(test, inputs.labels, fitted.predict_proba(inputs.inputs))

    def scratch() -> Predictions:
        fitted = from_scratch(
            data,
            model=trial.model,
            recipe=recipe,
            seed=seed,
            remaining=_remaining(job, job.deadlines.refit),
            load_model=models,
        )
        return predict_rows(fitted, target, test, check=job.check)

    smaller = smaller_rival(searched, ingested.metric, trial)
    return [
        (constant.name, constant.description, lambda: always),
        (_PROBE, "the best linear probe by rows held out from it", probe),
        ("classical", f"grey pixels or TF-IDF, {learning_tasks.get(target.task).classical}", classical),
        (
            "from scratch",
            f"random weights, same data, {recipe.updates} updates",
            scratch,
        ),
        *((smaller_baseline(smaller, trial, whole, models, target, remaining=until_fit),) if smaller else ()),
    ]


def _only_a_probe(model: FittedModel, recipe: Recipe) -> bool:
    """Whether the final model is what the baseline is: a linear probe, nothing beside it and no temperature."""
    return _tuned_probe(model, recipe) and model.temperature == 1


def _has_the_probes_head(made: Made, model: FittedModel) -> bool:
    """Whether it is the baseline but for its temperature; thresholds are tuned for both, so these are the same."""
    own = Recipe.from_parameters(made.trial.strategy, made.trial.parameters)
    as_fitted = made.trial.model == made.probe and TRAINED_ON in model.notes
    return _only_a_probe(model, own) or (_tuned_probe(model, own) and as_fitted)


def _tuned_probe(model: FittedModel, recipe: Recipe) -> bool:
    """Whether it is that but for what was tuned on its answers."""
    return recipe.strategy == PROBE_STRATEGY and recipe.feature_layers == "model" and not model.members


def scratch_recipe(model: FittedModel, recipe: Recipe, card: ModelCard, n_train: int) -> Recipe:
    """Return the recipe of the same network from scratch: the final model's, with as many updates as it had.

    A linear probe had none, and its recipe says nothing of training: the network then gets what would be tried
    first with so many rows.
    """
    if recipe.strategy == PROBE_STRATEGY:
        return strategies.get("from_scratch").default_recipe(card, n_train)
    return same_effort(model, recipe)


def same_effort(model: FittedModel, recipe: Recipe) -> Recipe:
    """Return the recipe with as many updates as the final model had; a run that ended where it began keeps its."""
    updates = int(model.notes.get("update") or 0)
    return replace(recipe, updates=updates) if updates > 0 else recipe
