"""Retrain the winner on train and validation together: the last examples, spent once the choice is made."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from contextlib import suppress

import numpy as np
from numpy.typing import NDArray

from automl_tl.errors import TrialFailed
from automl_tl.finetune.decision import Decision, paired_gain
from automl_tl.finetune.final_plan import FinalPlan, Run, blends, carry_out, repeat
from automl_tl.finetune.fitted import FittedModel
from automl_tl.finetune.links import LINKS
from automl_tl.finetune.metrics import all_metrics, metrics
from automl_tl.finetune.pace import Pace
from automl_tl.finetune.trial import LoadModel
from automl_tl.finetune.workload import Workload

__all__ = ["RECALLED_ROWS", "checking_seconds", "refit"]

RECALLED_ROWS = 100
"""A mean that has forgotten what both runs had learnt shows it on this many training rows."""

_STEP = "retraining"


def refit(
    workload: Workload,
    plan: FinalPlan,
    before: FittedModel,
    *,
    checkpoint: Callable[[Run], FittedModel],
    load_model: LoadModel,
    remaining: Callable[[], float],
    row_seconds: float = 0.0,
) -> tuple[FittedModel, FinalPlan, Decision]:
    """Return the planned model retrained on train + validation, or ``before`` where that is the safer model.

    Where time is short, the run goes through its schedule in fewer updates, down to a third of them.
    ``before`` is returned if time runs out or training fails, if the new model is worse than it on the validation
    examples, which it has now seen, or if the mean of both runs has forgotten what both had learnt. A linear probe
    that answers beside it is fitted on all examples even then, since that takes no time.

    Parameters
    ----------
    workload
        The search's workload.
    plan
        How ``before`` was made, without retraining.
    row_seconds
        What the leading run's model takes to answer one row: so much of the time as the checks will take is kept
        back from training. 0 where nobody knows.
    """
    pace = Pace(plan.lead.update)
    checks = checking_seconds(workload, plan.lead, row_seconds)

    def left() -> float:
        return remaining() - checks

    def instead(why: str, settings: Mapping[str, int]) -> tuple[FittedModel, FinalPlan, Decision]:
        return _with_probes(workload, plan, before, why, settings, checkpoint=checkpoint, load_model=load_model)

    try:
        again = repeat(workload, plan.lead, load_model=load_model, remaining=left, pace=pace)
        wanted = dataclasses.replace(plan, retrained=True, shortcuts=pace.shortcuts)
        fitted = again and carry_out(
            wanted, workload, checkpoint=checkpoint, load_model=load_model, remaining=left, again=again
        )
    except TrialFailed as error:
        return instead(f"it failed: {error.message}", {})
    if again is None or fitted is None:
        return instead("the time set aside for it was used up", {})
    settings = {"examples": len(workload.train) + len(workload.validation)}
    # Members are linear probes or stay as they were: what could have gone wrong is the model itself.
    old, new = (dataclasses.replace(model, members=(), parts=()) for model in (before, fitted))
    why_not = _worse_on_validation(workload, plan.lead, old, new)
    if not why_not and blends(plan.lead):
        why_not = _apart(workload, old, again, new)
    if why_not:
        return instead(why_not, settings)
    reason = "the choice is made, and the validation examples can be learnt from as well"
    if pace.shortcuts:
        reason += f"; time was short, so that {pace.total} instead of {plan.lead.update} updates had to do"
        settings["updates"] = pace.total
    return fitted, wanted, Decision(_STEP, True, reason, settings=settings)


def checking_seconds(workload: Workload, run: Run, row_seconds: float) -> float:
    """Return what the checks after retraining a run take, by the seconds that its model takes for one row.

    A linear probe of the model's own embedding is checked on cached embeddings, which takes none.
    """
    if run.plain_probe:
        return 0.0
    recalled = min(RECALLED_ROWS, len(workload.train)) if blends(run) else 0
    return row_seconds * (2 * len(workload.validation) + 3 * recalled)


def _with_probes(
    workload: Workload,
    plan: FinalPlan,
    before: FittedModel,
    why: str,
    settings: Mapping[str, int],
    *,
    checkpoint: Callable[[Run], FittedModel],
    load_model: LoadModel,
) -> tuple[FittedModel, FinalPlan, Decision]:
    """Return the model that is not retrained, the linear probes beside it fitted on train and validation."""
    wanted = dataclasses.replace(plan, probes_retrained=True)
    fitted = None
    if any(not run.fine_tuned for run in plan.members):
        # Embeddings of other layers are not there, and there is no time left to make them.
        with suppress(TrialFailed):
            fitted = carry_out(
                wanted, workload, checkpoint=checkpoint, load_model=load_model, remaining=lambda: 0.0
            )
    if fitted is None:
        return before, plan, Decision(_STEP, False, why, settings=settings)
    reason = f"{why}; the linear probe beside it learnt from the validation examples, too"
    return fitted, wanted, Decision(_STEP, False, reason, settings=settings)


def _worse_on_validation(workload: Workload, run: Run, before: FittedModel, fitted: FittedModel) -> str:
    metric, labels = metrics.get(workload.metric), workload.validation.labels
    old, new = (
        all_metrics(labels, _on_validation(workload, run, model))[metric.name] for model in (before, fitted)
    )
    if not metric.better(old, new):
        return ""
    name = metric.name.replace("_", " ")
    return f"validation {name} is {new:.3g} after {old:.3g}, although these examples have now been seen"


def _on_validation(workload: Workload, run: Run, model: FittedModel) -> NDArray[np.floating]:
    if not run.plain_probe:
        return model.answers(workload.validation.inputs)
    outputs = model.head.logits(workload.validation_features[run.model])
    return LINKS[model.head.link](outputs.astype(np.float64) / model.temperature)


def _apart(workload: Workload, before: FittedModel, again: FittedModel, fitted: FittedModel) -> str:
    """Return why a mean of two runs is none, or "".

    Two runs that ended in different valleys have a mean that lies on the ridge between them: it has forgotten even
    the training rows that both have learnt (Frankle et al., Linear Mode Connectivity, ICML 2020, section 2).
    """
    metric = metrics.get(workload.metric)
    rows = np.unique(np.linspace(0, len(workload.train) - 1, RECALLED_ROWS).astype(np.int64))
    train = workload.train.picked(rows)
    first, second, mean = (model.answers(train.inputs) for model in (before, again, fitted))
    figures = [metric.value(train.labels, each) for each in (first, second)]
    lower = first if metric.better(figures[1], figures[0]) else second
    gain = paired_gain(metric, train.labels, lower, mean, groups=train.groups)
    if gain.value >= -gain.standard_error:
        return ""
    name = metric.name.replace("_", " ")
    return (
        f"the mean of both runs has a {name} of {gain.after:.3g} on rows that both have learnt to "
        f"{gain.before:.3g} and more: they do not lie in one valley"
    )
