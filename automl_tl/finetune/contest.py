"""Whether fine-tuning beats the linear probe: by cross-validation where there is time, else on validation."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from automl_tl.errors import TrialFailed
from automl_tl.finetune.cross_validate import held_out_answers
from automl_tl.finetune.decision import Decision, weigh
from automl_tl.finetune.final_plan import Run
from automl_tl.finetune.metrics import metrics
from automl_tl.finetune.trial import LoadModel
from automl_tl.finetune.workload import Workload

__all__ = ["FOLDS", "against_probe"]

FOLDS = 3
_ENOUGH_VALIDATION = 400
"""With this many validation examples a difference of two points is seen without cross-validation."""

_SHARE_OF_TIME = 0.6
"""Cross-validation may take this share of what is left; retraining needs the rest."""


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
    """Decide between the best fine-tuned run and the best linear probe by the one-standard-error rule.

    A run that was chosen because it stood highest on a few validation rows is mostly lucky there. So the recipe is
    trained again in three folds of the training part and judged on rows that had no part in choosing it.

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
    plain = weigh("fine-tuning", metric, labels, *answers, seed=seed)
    why_not = _obstacle(workload, run_seconds, remaining())
    if why_not:
        return dataclasses.replace(plain, reason=f"{plain.reason}; {why_not}")
    limit = remaining() * (1 - _SHARE_OF_TIME)
    try:
        found = held_out_answers(
            workload,
            run,
            probe.model,
            folds=FOLDS,
            seed=seed,
            remaining=lambda: remaining() if math.isinf(limit) else remaining() - limit,
            load_model=load_model,
            groups=groups,
        )
    except TrialFailed as error:
        return Decision("fine-tuning", False, f"it failed in cross-validation: {error.message}")
    if found is None:
        return dataclasses.replace(plain, reason=f"{plain.reason}; there was no time for cross-validation")
    return weigh(
        "fine-tuning",
        metric,
        found.labels,
        found.probe,
        found.tuned,
        seed=seed,
        evidence="cross-validation",
        settings={"folds": FOLDS},
    )


def _obstacle(workload: Workload, run_seconds: float, remaining: float) -> str:
    """Return why there is no cross-validation, or ""."""
    if len(workload.validation) >= _ENOUGH_VALIDATION:
        return f"{len(workload.validation)} validation examples tell enough"
    if FOLDS * run_seconds > _SHARE_OF_TIME * remaining:
        return f"there was no time for cross-validation (about {FOLDS * run_seconds:.0f} s)"
    return ""
