"""Fine-tuned run or linear probe: the choice of the search, which cross-validation may overrule."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from automl_tl.errors import TrialFailed
from automl_tl.finetune.cross_validate import held_out_answers
from automl_tl.finetune.decision import Decision, weigh
from automl_tl.finetune.final_plan import Run
from automl_tl.finetune.metrics import all_metrics, improves, metrics
from automl_tl.finetune.trial import LoadModel
from automl_tl.finetune.workload import Workload

__all__ = ["FOLDS", "RETRAINING", "against_probe", "folds_wanted"]

FOLDS = 3
_ENOUGH_VALIDATION = 400
"""With this many validation examples a difference of two points is seen without cross-validation."""

RETRAINING = 1.2
"""Seconds of retraining by seconds of the run: as many updates, on a machine that may have become slower."""


def folds_wanted(validation_rows: int) -> int:
    """Return in how many folds the choice is judged where time allows; 0 if validation tells enough."""
    return FOLDS if validation_rows < _ENOUGH_VALIDATION else 0


def against_probe(
    workload: Workload,
    run: Run,
    probe: Run,
    *,
    answers: tuple[NDArray[np.floating], NDArray[np.floating]],
    run_seconds: float,
    seed: int,
    remaining: Callable[[], float],
    load_model: LoadModel,
    groups: Sequence[str] | None = None,
) -> Decision:
    """Decide between the best fine-tuned run and the best linear probe.

    The search's choice stands unless cross-validation overrules it by more than a standard error: the recipe is
    trained again without each third of the training part in turn, as many of the three as time allows, and judged
    on these rows, which had no part in choosing it. Folds are
    no fair judges of small differences: they train on fewer rows than the final model, and without the averaging
    that it gets. On 12 small tasks of five data sets, with 12 to 30 validation rows each, fine-tuned runs that
    validation had put first stood below the probe in five cross-validations and in no test part.

    Parameters
    ----------
    answers
        Probabilities on the validation part, of the probe and of the run.
    run_seconds
        What the run's updates took; foretells the folds.
    groups
        One name per training row, or None.
    """
    metric, labels = metrics.get(workload.metric), workload.validation.labels
    figures = [all_metrics(labels, each) for each in answers]
    leads = improves(metric, figures[1], figures[0])
    plain = weigh("fine-tuning", metric, labels, *answers, seed=seed)
    first = "it" if leads else "the linear probe"
    plain = dataclasses.replace(plain, kept=leads, reason=f"validation puts {first} first")
    why_not = _obstacle(workload, run_seconds, remaining())
    if why_not:
        return dataclasses.replace(plain, reason=f"{plain.reason}; {why_not}")
    kept = RETRAINING * run_seconds
    try:
        found = held_out_answers(
            workload,
            run,
            probe.model,
            folds=FOLDS,
            seed=seed,
            remaining=lambda: remaining() - kept,
            load_model=load_model,
            groups=groups,
        )
    except TrialFailed as error:
        return Decision("fine-tuning", False, f"it failed in cross-validation: {error.message}")
    if found is None:
        return dataclasses.replace(plain, reason=f"{plain.reason}; there was no time for cross-validation")
    weighed = weigh(
        "fine-tuning",
        metric,
        found.labels,
        found.probe,
        found.tuned,
        seed=seed,
        evidence="cross-validation",
        settings={"folds": found.folds},
    )
    kept, reason = _overruled(plain, weighed)
    return dataclasses.replace(weighed, kept=kept, reason=reason)


def _overruled(plain: Decision, weighed: Decision) -> tuple[bool, str]:
    """Return the decision after cross-validation."""
    if not weighed.gains:
        return plain.kept, f"{plain.reason}, and too few rows could be held out to say more"
    gain = weighed.gains[0]
    if plain.kept and gain.value < -gain.standard_error:
        return False, "cross-validation puts it below the linear probe by more than the standard error"
    if not plain.kept and gain.clear:
        return True, "cross-validation puts it above the linear probe by more than the standard error"
    return plain.kept, f"{plain.reason}, and cross-validation does not clearly disagree"


def _obstacle(workload: Workload, run_seconds: float, remaining: float) -> str:
    """Return why there is no cross-validation, or ""."""
    if len(workload.validation) >= _ENOUGH_VALIDATION:
        return f"{len(workload.validation)} validation examples tell enough"
    if (1 + RETRAINING) * run_seconds > remaining:
        return f"there was no time for cross-validation (about {run_seconds:.0f} s a fold)"
    return ""
