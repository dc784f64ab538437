"""Retrain the winner on train and validation together: the last examples, spent once the choice is made."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from automl_tl.errors import TrialFailed
from automl_tl.finetune.decision import Decision
from automl_tl.finetune.final_plan import FinalPlan, Run, carry_out
from automl_tl.finetune.fitted import FittedModel
from automl_tl.finetune.metrics import all_metrics, metrics
from automl_tl.finetune.trial import LoadModel
from automl_tl.finetune.workload import Workload

__all__ = ["refit"]

_STEP = "retraining"


def refit(
    workload: Workload,
    plan: FinalPlan,
    before: FittedModel,
    *,
    checkpoint: Callable[[Run], FittedModel],
    load_model: LoadModel,
    remaining: Callable[[], float],
) -> tuple[FittedModel, FinalPlan, Decision]:
    """Return the planned model retrained on train + validation, or ``before`` where that is the safer model.

    ``before`` is returned if time runs out, training fails, or the new model is worse than it on the validation
    examples, which it has now seen: it then went wrong.

    Parameters
    ----------
    workload
        The search's workload.
    plan
        How ``before`` was made, without retraining.
    """
    wanted = dataclasses.replace(plan, retrained=True)
    try:
        fitted = carry_out(wanted, workload, checkpoint=checkpoint, load_model=load_model, remaining=remaining)
    except TrialFailed as error:
        return before, plan, Decision(_STEP, False, f"it failed: {error.message}")
    if fitted is None:
        return before, plan, Decision(_STEP, False, "the time set aside for it was used up")
    metric, validation = metrics.get(workload.metric), workload.validation
    old, new = (
        all_metrics(validation.labels, model.answers(validation.inputs))[metric.name] for model in (before, fitted)
    )
    settings = {"examples": len(workload.train) + len(validation)}
    if metric.better(old, new):
        name = metric.name.replace("_", " ")
        reason = f"validation {name} is {new:.3g} after {old:.3g}, although these examples have now been seen"
        return before, plan, Decision(_STEP, False, reason, settings=settings)
    reason = "the choice is made, and the validation examples can be learnt from as well"
    return fitted, wanted, Decision(_STEP, True, reason, settings=settings)
