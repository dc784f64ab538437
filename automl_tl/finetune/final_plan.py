"""How a final model is made of finished runs: data that can be written down, and the model that it gives."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass

from automl_tl.finetune.fitted import FittedModel
from automl_tl.finetune.pace import Pace, Shortcut
from automl_tl.finetune.probe_head import choose_head, merged
from automl_tl.finetune.recipe import Recipe
from automl_tl.finetune.soup import average
from automl_tl.finetune.straight_run import straight_run
from automl_tl.finetune.strategies.base import strategies
from automl_tl.finetune.trial import LoadModel, fitted_on_probe
from automl_tl.finetune.wise import interpolate
from automl_tl.finetune.workload import Workload

__all__ = ["TRAINED_ON", "FinalPlan", "Run", "blends", "carry_out", "probe_of", "repeat"]

TRAINED_ON = "trained_on"
"""Note of a model retrained on train and validation; a search's checkpoint, trained on train, lacks it."""


@dataclass(frozen=True)
class Run:
    """One run of a search: what it trained, and after how many updates its checkpoint was taken (0: the probe)."""

    trial: str
    model: str
    recipe: Recipe
    seed: int
    update: int

    @property
    def fine_tuned(self) -> bool:
        """Whether the checkpoint's backbone differs from the pretrained one."""
        return self.update > 0 and strategies.get(self.recipe.strategy).trains_by_gradient

    @property
    def plain_probe(self) -> bool:
        """Whether it is a linear probe of the model's own embedding, of which everything is cached."""
        return not self.fine_tuned and self.recipe.feature_layers == "model"


@dataclass(frozen=True)
class FinalPlan:
    """What the final model is made of.

    Attributes
    ----------
    runs
        Runs of one backbone whose checkpoints are averaged; the first leads.
    share
        Share of the fine-tuned weights, in (0, 1]; the rest is the pretrained model with the linear probe's head.
    retrained
        Whether the leading run is repeated on train and validation together and averaged with the checkpoints.
    shortcuts
        Where that repeated run hurried, because time was short.
    probes_retrained
        Whether members that are linear probes are fitted on both parts although the leading run is not.
    members
        Further runs whose answers are averaged with this model's.
    parts
        Weights of the model and of each member in that mean; () means equal ones.
    temperature
        Divides the logits before the softmax, > 0.
    thresholds
        From which probability on each of several labels is decided for; () means one half.
    """

    runs: tuple[Run, ...]
    share: float = 1.0
    retrained: bool = False
    shortcuts: tuple[Shortcut, ...] = ()
    probes_retrained: bool = False
    members: tuple[Run, ...] = ()
    parts: tuple[float, ...] = ()
    temperature: float = 1.0
    thresholds: tuple[float, ...] = ()

    @property
    def lead(self) -> Run:
        """The run that the model is named after."""
        return self.runs[0]


def blends(run: Run) -> bool:
    """Return whether a run's weights can be averaged with others.

    They can unless its head was solved on the embeddings of its own backbone, for that head fits no other, or it
    has forgotten the pretrained weights.
    """
    strategy = strategies.get(run.recipe.strategy)
    return run.fine_tuned and strategy.pretrained and not strategy.refits_head


def carry_out(
    plan: FinalPlan,
    workload: Workload,
    *,
    checkpoint: Callable[[Run], FittedModel],
    load_model: LoadModel,
    remaining: Callable[[], float],
    again: FittedModel | None = None,
) -> FittedModel | None:
    """Return the model that the plan describes, or None if there was no time for retraining it.

    Parameters
    ----------
    workload
        The search's workload: train and validation are merged here where the plan retrains.
    checkpoint
        Returns the checkpoint of a run.
    again
        The leading run, repeated on train and validation; None means that it is repeated here.

    Raises
    ------
    TrialFailed
        If retraining fails.
    """
    data = merged(workload) if plan.retrained else workload
    if plan.retrained:
        pace = Pace(plan.lead.update, plan.shortcuts)
        again = again or _repeated(plan.lead, data, load_model, remaining, pace)
        if again is None:
            return None
        model = _averaged(plan, again, checkpoint)
    else:
        model = _soup(plan, checkpoint)
    if plan.share < 1:
        model = interpolate(probe_of(data, plan.lead, load_model), model, plan.share)
    members, fresh = [], plan.retrained or plan.probes_retrained
    whole = merged(workload) if plan.probes_retrained else data
    for run in plan.members:
        member = _member(run, whole, fresh, checkpoint, load_model, remaining)
        if member is None:
            return None
        members.append(member)
    return dataclasses.replace(
        model,
        temperature=plan.temperature,
        thresholds=plan.thresholds,
        members=tuple(members),
        parts=plan.parts,
        notes=_notes(plan, model),
    )


def probe_of(workload: Workload, run: Run, load_model: LoadModel) -> FittedModel:
    """Return the pretrained model of a run with the linear probe's head on ``workload.train``."""
    head = workload.heads.get(run.model) or choose_head(workload, run.model, seed=run.seed)[0]
    return fitted_on_probe(workload, run.model, head, load_model)


def repeat(
    workload: Workload, run: Run, *, load_model: LoadModel, remaining: Callable[[], float], pace: Pace
) -> FittedModel | None:
    """Return a run's recipe carried out again on the train and validation parts of a search; None without time.

    ``pace`` says afterwards where it had to hurry. Raises TrialFailed if training fails.
    """
    return _repeated(run, merged(workload), load_model, remaining, pace)


def _soup(plan: FinalPlan, checkpoint: Callable[[Run], FittedModel]) -> FittedModel:
    models = [checkpoint(run) for run in plan.runs]
    return average(models) if len(models) > 1 else models[0]


def _averaged(plan: FinalPlan, again: FittedModel, checkpoint: Callable[[Run], FittedModel]) -> FittedModel:
    """Return the mean of the retrained model and the checkpoints, or the retrained one where it does not blend.

    Both come from the same pretrained weights, and the mean of two runs depends less on the luck of either.
    """
    if not blends(plan.lead):
        return again
    return dataclasses.replace(average([again, _soup(plan, checkpoint)]), notes=again.notes)


def _repeated(
    run: Run, data: Workload, load_model: LoadModel, remaining: Callable[[], float], pace: Pace | None = None
) -> FittedModel | None:
    return straight_run(
        data,
        model=run.model,
        recipe=run.recipe,
        updates=run.update,
        seed=run.seed,
        remaining=remaining,
        load_model=load_model,
        pace=pace,
    )


def _member(
    run: Run,
    data: Workload,
    retrained: bool,
    checkpoint: Callable[[Run], FittedModel],
    load_model: LoadModel,
    remaining: Callable[[], float],
) -> FittedModel | None:
    """Return a member; only a linear probe is retrained, which takes no forward pass."""
    return _repeated(run, data, load_model, remaining) if retrained and not run.fine_tuned else checkpoint(run)


def _notes(plan: FinalPlan, model: FittedModel) -> dict[str, object]:
    lead = plan.lead
    notes: dict[str, object] = {"trial": lead.trial, "seed": lead.seed, "update": lead.update}
    if plan.retrained:
        notes[TRAINED_ON] = "train + validation"
        if plan.shortcuts:
            notes["updates_of_retraining"] = plan.shortcuts[-1].update + plan.shortcuts[-1].left
        if blends(lead):
            several = (
                "the checkpoints of the soup" if len(plan.runs) > 1 else "the checkpoint of the winning trial"
            )
            notes["averaged_with"] = several
    if len(plan.runs) > 1:
        notes["soup"] = [run.trial for run in plan.runs]
    if plan.share < 1:
        notes["share_of_fine_tuned_weights"] = plan.share
    if plan.members:
        notes["ensemble"] = [run.trial for run in plan.members]
    if plan.parts:
        notes["ensemble_weights"] = list(plan.parts)
    validation = model.notes.get("validation")
    return {**notes, "validation": validation} if validation and not plan.retrained else notes
