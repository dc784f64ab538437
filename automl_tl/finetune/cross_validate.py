"""Answers on examples that were held out: what a handful of validation rows cannot tell, all training rows can."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from automl_tl.errors import TrialFailed
from automl_tl.finetune.clock import no_limit
from automl_tl.finetune.final_plan import Run
from automl_tl.finetune.group_folds import stratified_folds
from automl_tl.finetune.probe_head import choose_head, recipe_head
from automl_tl.finetune.straight_run import straight_run
from automl_tl.finetune.strata import strata_of
from automl_tl.finetune.trial import LoadModel
from automl_tl.finetune.workload import Workload

__all__ = [
    "PROBE_FOLDS",
    "HeldOut",
    "ProbeAnswers",
    "fold_workload",
    "folds_of",
    "held_out_answers",
    "held_out_probe",
]

PROBE_FOLDS = 5
"""A head on cached embeddings is fitted in a moment."""


@dataclass(frozen=True)
class HeldOut:
    """Two recipes on the same examples, held out fold by fold: ``rows`` are positions in the training part.

    ``seconds`` is what the slowest fold took; ``groups`` are those of the rows, None without any.
    """

    rows: NDArray[np.int64]
    labels: NDArray[np.int64]
    probe: NDArray[np.float32]
    tuned: NDArray[np.float32]
    folds: int
    seconds: float = 0.0
    groups: NDArray[np.int64] | None = None


@dataclass(frozen=True)
class ProbeAnswers:
    """Labels (N,) of rows, a linear probe's answers (N, C) to them, and their groups (N,), None without any."""

    labels: NDArray[np.int64]
    answers: NDArray[np.float32]
    groups: NDArray[np.int64] | None = None


def held_out_answers(
    workload: Workload,
    run: Run,
    probe: Run,
    *,
    folds: int,
    seed: int,
    remaining: Callable[[], float],
    load_model: LoadModel,
    expected: float = 0.0,
    after: float = 0.0,
) -> HeldOut | None:
    """Return what a run's recipe and a linear probe say about training rows that neither has been trained on.

    The training part is held out fold by fold, groups as a whole; what is trained on is the rest of it and the
    validation part. The validation rows, by which the recipe was chosen, are never judged: they would flatter it.

    Parameters
    ----------
    probe
        The linear probe that is the rival. C of one on cached embeddings is chosen anew in every fold; one of
        other layers embeds all rows in every fold, and a fold for which that leaves no time does not count.
    expected
        Seconds that a fold is expected to take.
    after
        How many folds' time must be left when they are over.

    Returns
    -------
    What the folds say that time allowed, as far as the ones before foretell it; None if there was time for none.

    Raises
    ------
    TrialFailed
        If training fails in a fold.
    """
    assignment = folds_of(workload.train.labels, folds, seed=seed, groups=workload.train.groups)
    answers: list[tuple[NDArray[np.int64], NDArray[np.float32], NDArray[np.float32]]] = []
    numbers = [int(fold) for fold in np.unique(assignment) if fold >= 0]
    slowest = expected

    def left() -> float:
        return remaining() - after * slowest

    for number in numbers:
        began = time.perf_counter()
        if left() < slowest:
            break
        rows = np.flatnonzero(assignment == number)
        part = fold_workload(workload, rows)
        fitted = straight_run(
            part,
            model=run.model,
            recipe=run.recipe,
            updates=run.update,
            seed=run.seed,
            remaining=left,
            load_model=load_model,
        )
        if fitted is None:
            break
        linear = _rival(part, probe, seed=seed, remaining=left, load_model=load_model)
        if linear is None:
            break
        answers.append((rows, linear, fitted.answers(part.validation.inputs)))
        slowest = max(slowest, time.perf_counter() - began)
    if not answers:
        return None
    rows = np.concatenate([each[0] for each in answers])
    return HeldOut(
        rows=rows,
        labels=workload.train.labels[rows],
        probe=np.concatenate([each[1] for each in answers]),
        tuned=np.concatenate([each[2] for each in answers]),
        folds=len(answers),
        seconds=slowest,
        groups=None if workload.train.groups is None else workload.train.groups[rows],
    )


def _rival(
    part: Workload, probe: Run, *, seed: int, remaining: Callable[[], float], load_model: LoadModel
) -> NDArray[np.float32] | None:
    """Return a linear probe's answers to the rows held out of a fold, None where there was no time for them."""
    if probe.plain_probe:
        # Without a clock: a rival that is held back by the time that the fine-tuned run took would be none.
        head, _ = choose_head(part, probe.model, seed=seed)
        return head.probabilities(part.validation_features[probe.model])
    with suppress(TrialFailed):
        fitted = straight_run(
            part,
            model=probe.model,
            recipe=probe.recipe,
            updates=0,
            seed=probe.seed,
            remaining=remaining,
            load_model=load_model,
        )
        return None if fitted is None else fitted.answers(part.validation.inputs)
    return None


def held_out_probe(
    workload: Workload,
    run: Run,
    *,
    seed: int,
    folds: int = PROBE_FOLDS,
    remaining: Callable[[], float] = no_limit,
) -> ProbeAnswers:
    """Return what a linear probe says of the validation rows and of the training rows.

    Training rows are held out fold by fold, groups as a whole, none of them with 0 folds; the probe of the
    validation rows is fitted on the training part. C is chosen once, by cross-validation on that part: one of four
    values tells a held-out row next to nothing, and choosing it anew in every fold takes ten times as long. When
    the seconds ``remaining`` are over, no further C is tried.
    """
    asked = workload.validation
    if not folds:
        return ProbeAnswers(asked.labels, _linear(workload, run, run.recipe.inverse_regularisation), asked.groups)
    chosen = run.recipe.inverse_regularisation
    chosen = chosen or choose_head(workload, run.model, seed=run.seed, remaining=remaining)[1]
    assignment = folds_of(workload.train.labels, folds, seed=seed, groups=workload.train.groups)
    answers = [_linear(dataclasses.replace(workload, heads={}), run, chosen)]
    for number in np.unique(assignment[assignment >= 0]):
        part = fold_workload(workload, np.flatnonzero(assignment == number))
        asked = asked.joined(part.validation)
        answers.append(_linear(part, run, chosen))
    return ProbeAnswers(asked.labels, np.concatenate(answers), asked.groups)


def _linear(workload: Workload, run: Run, chosen: float) -> NDArray[np.float32]:
    recipe = dataclasses.replace(run.recipe, inverse_regularisation=chosen)
    head = recipe_head(workload, run.model, recipe, seed=run.seed)
    return head.probabilities(workload.validation_features[run.model])


def folds_of(
    labels: NDArray[np.int64],
    folds: int,
    *,
    seed: int,
    groups: Sequence[str] | NDArray[np.int64] | None = None,
) -> NDArray[np.int64]:
    """Return a fold per row, int64 (N,): stratified, groups whole; -1 for rows that are never held out.

    Rows with several labels count for the rarest of them, numbers for the range that they lie in.
    """
    return stratified_folds(strata_of(labels), folds, seed, groups)


def fold_workload(workload: Workload, held_out: NDArray[np.int64]) -> Workload:
    """Return the workload that validates on these training rows and trains on everything else, without heads.

    Of a data set that is streamed, everything is the sample.
    """
    rest = np.setdiff1d(np.arange(len(workload.train)), held_out)
    train, validation = workload.train, workload.validation
    features = workload.train_features
    return dataclasses.replace(
        workload,
        train=train.picked(rest).joined(validation),
        validation=train.picked(held_out),
        train_features={
            model: np.concatenate([values[rest], workload.validation_features[model]])
            for model, values in features.items()
        },
        validation_features={model: values[held_out] for model, values in features.items()},
        heads={},
        whole=None,
    )
