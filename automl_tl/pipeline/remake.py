"""Make a model again from its recipe file: the same runs on the same rows, without a search."""

from __future__ import annotations

import dataclasses
import math
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from automl_tl.data.dataset import Dataset, TargetData
from automl_tl.data.target import bind_target
from automl_tl.errors import FailedPrecondition, ModelUnavailable
from automl_tl.finetune.conformal import calibrate_sets
from automl_tl.finetune.evaluate import predict_rows
from automl_tl.finetune.evaluation import Predictions
from automl_tl.finetune.final_plan import Run, carry_out
from automl_tl.finetune.fitted import FittedModel, load
from automl_tl.finetune.probe_head import choose_head
from automl_tl.finetune.straight_run import straight_run
from automl_tl.finetune.strategies.base import strategies
from automl_tl.finetune.trial import LoadModel, run_trial
from automl_tl.finetune.workload import Workload
from automl_tl.names import digest_json
from automl_tl.pipeline.calibration import set_aside_calibration
from automl_tl.pipeline.inputs import labelled_inputs, whole_parts
from automl_tl.pipeline.recipe_file import RecipeFile
from automl_tl.pipeline.streaming import narrowed, some_rows
from automl_tl.probe.extract import embed
from automl_tl.zoo.card import ModelCard

__all__ = ["Remade", "answers_digest", "groups_of_test", "remake"]


@dataclass(frozen=True)
class Remade:
    """The model, its answers on the test rows, and whether they are those of the job (None if it is not known)."""

    model: FittedModel
    target: TargetData
    predictions: Predictions
    same_answers: bool | None


def answers_digest(model: FittedModel, predictions: Predictions) -> str:
    """Return the SHA-256 of the answers as people read them: probabilities differ in their last bits anyway."""
    return digest_json([[int(row) for row in predictions.rows], _answers(model, predictions)])


def remake(
    recipe: RecipeFile,
    dataset: Dataset,
    cards: Mapping[str, ModelCard],
    *,
    load_model: LoadModel,
    other_data: bool = False,
    progress: Callable[[str], None] = lambda message: None,
) -> Remade:
    """Return the model that the recipe describes, made on ``dataset``.

    Parameters
    ----------
    cards
        By id, those of the recipe's models.
    other_data
        Whether the data may be other than the recipe's; the recipe is then applied to it as it stands.

    Raises
    ------
    FailedPrecondition
        If the data are not the recipe's.
    ModelUnavailable
        If a model cannot be loaded, or has other weights than the recipe's.
    TrialFailed
        If training fails.
    DatasetError, SpecError
        If the data do not fit the recipe.
    """
    if dataset.digest != recipe.data.sha256 and not other_data:
        raise FailedPrecondition(
            f"the recipe was made with the data set {recipe.data.sha256[:12]} ({recipe.data.rows} rows), but this "
            f"one is {dataset.digest[:12]} ({len(dataset)} rows); use the same data, or say --other-data to apply "
            "the recipe to this one",
            field="data.sha256",
        )
    target, calibration = set_aside_calibration(
        _bind(recipe, dataset), recipe.conformal.alpha, seed=recipe.data.split.seed
    )
    with tempfile.TemporaryDirectory(prefix="automl-tl-fit-") as scratch:
        whole, streaming, seed = None, recipe.data.streaming, recipe.data.split.seed
        if streaming is not None:
            whole = target.split
            calibration = some_rows(calibration, target, streaming.test_rows, seed=seed)
            target = narrowed(target, streaming, Path(scratch) / "sample.bin", seed=seed, check=lambda: None)
        workload = _workload(recipe, target, cards, load_model, Path(scratch), progress)
        workload = dataclasses.replace(workload, whole=whole_parts(target, whole))
        model = carry_out(
            recipe.plan,
            workload,
            checkpoint=lambda run: _checkpoint(run, workload, load_model, progress),
            load_model=load_model,
            remaining=lambda: math.inf,
        )
    if model is None:  # there is no limit of time
        raise FailedPrecondition("the plan was not carried out", field="plan")
    if recipe.conformal.alpha:
        answers = predict_rows(model, target, calibration)
        sets = calibrate_sets(
            answers.probabilities, answers.labels, alpha=recipe.conformal.alpha, method=recipe.conformal.method
        )
        model = dataclasses.replace(model, conformal=sets)
    progress("measuring on the test rows")
    predictions = predict_rows(model, target, target.split.test)
    known = recipe.outcome is not None and dataset.digest == recipe.data.sha256
    same = (
        answers_digest(model, predictions) == recipe.outcome.answers_sha256 if known and recipe.outcome else None
    )
    notes = {**model.notes, "dataset": dataset.digest}
    return Remade(dataclasses.replace(model, notes=notes), target, predictions, same)


def groups_of_test(target: TargetData) -> tuple[str, ...] | None:
    """Return the group of each test row, for intervals that resample whole groups; None without groups."""
    groups = target.groups
    return None if groups is None else tuple(groups[int(row)] for row in target.split.test)


def _answers(model: FittedModel, predictions: Predictions) -> list[object]:
    if model.task == "classification":
        return [model.class_names[index] for index in predictions.probabilities.argmax(axis=1)]
    return [[float(f"{value:.3g}") for value in row] for row in np.atleast_2d(predictions.probabilities)]


def _bind(recipe: RecipeFile, dataset: Dataset) -> TargetData:
    data, split = recipe.data, recipe.data.split
    return bind_target(
        dataset,
        task=data.task,
        target=data.target,
        split_column=split.column,
        group_by=data.group_by,
        validation_fraction=split.validation_fraction,
        test_fraction=split.test_fraction,
        seed=split.seed,
        join_copies=data.streaming is None,
    )


def _workload(
    recipe: RecipeFile,
    target: TargetData,
    cards: Mapping[str, ModelCard],
    load_model: LoadModel,
    root: Path,
    progress: Callable[[str], None],
) -> Workload:
    """Return what the search's runs shared, of the recipe's models only."""
    train, validation = target.split.train, target.split.validation
    rows = np.sort(np.concatenate([train, validation]))
    used, embedded = {}, {}
    for part in recipe.models:
        progress(f"embedding with {part.id}")
        card = cards[part.id]
        used[part.id] = dataclasses.replace(card, input=dataclasses.replace(card.input, layers=part.layers))
        loaded = load_model(used[part.id])
        if loaded.weights_digest != part.sha256:
            raise ModelUnavailable(
                f"the weights of {part.id} have SHA-256 {loaded.weights_digest} but the recipe says "
                f"{part.sha256}; use the revision that the recipe names",
                field="models",
            )
        embedded[part.id] = embed(loaded, target.dataset, rows, device=recipe.device)
    bare = Workload(
        modality=target.dataset.modality,
        task=target.task,
        class_names=target.class_names,
        metric=recipe.metric,
        train=labelled_inputs(target, train),
        validation=labelled_inputs(target, validation),
        cards=used,
        train_features={model: each.select(train) for model, each in embedded.items()},
        validation_features={model: each.select(validation) for model, each in embedded.items()},
        heads={},
        checkpoint_root=root,
        threads=recipe.threads,
        device=recipe.device,
        devices=max(1, min(recipe.devices, torch.cuda.device_count())),
        compiled=recipe.compiled,
        settled={part.id: part.head for part in recipe.models if part.head is not None},
    )
    heads = {model: choose_head(bare, model, seed=recipe.seed)[0] for model in used}
    return dataclasses.replace(bare, heads=heads)


def _checkpoint(
    run: Run, workload: Workload, load_model: LoadModel, progress: Callable[[str], None]
) -> FittedModel:
    """Repeat a run up to the update at which its checkpoint was taken."""
    progress(f"repeating {run.trial}: {run.recipe.strategy} of {run.model}, {run.update} updates")
    by_gradient = strategies.get(run.recipe.strategy).trains_by_gradient
    if by_gradient and not run.update:
        probe = straight_run(
            workload,
            model=run.model,
            recipe=run.recipe,
            updates=0,
            seed=run.seed,
            remaining=lambda: math.inf,
            load_model=load_model,
        )
        assert probe is not None  # only lack of time gives None
        return probe
    outcome = run_trial(
        workload,
        trial=run.trial,
        model=run.model,
        recipe=run.recipe,
        seed=run.seed,
        report=lambda point: True,
        remaining=lambda: math.inf,
        load_model=load_model,
        until=run.update / run.recipe.updates if by_gradient else 1.0,
    )
    return load(outcome.checkpoint)
