"""One run from start to end without a look on the way: for what is already decided."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from automl_tl.finetune.clock import Clock, no_limit
from automl_tl.finetune.device import borrowed_torch, choose_device
from automl_tl.finetune.fine_tuning import freezes_statistics, objective_of, training_data, updates_per_look
from automl_tl.finetune.fitted import FittedModel
from automl_tl.finetune.head_refit import refit_head
from automl_tl.finetune.loop import train
from automl_tl.finetune.pace import Pace
from automl_tl.finetune.probe_head import recipe_head
from automl_tl.finetune.ranks.group import Ranks
from automl_tl.finetune.ranks.supervisor import train_on_ranks
from automl_tl.finetune.ranks.task import RankTask
from automl_tl.finetune.recipe import Recipe
from automl_tl.finetune.start import starting_classifier
from automl_tl.finetune.strategies.base import strategies
from automl_tl.finetune.trial import LoadModel
from automl_tl.finetune.workload import Workload

__all__ = ["straight_run"]


def straight_run(
    workload: Workload,
    *,
    model: str,
    recipe: Recipe,
    updates: int,
    seed: int,
    remaining: Callable[[], float],
    load_model: LoadModel,
    ranks: Ranks | None = None,
    pace: Pace | None = None,
) -> FittedModel | None:
    """Return the model trained on ``workload.train``, or None if there was not enough time.

    Where ``workload.devices`` are several, as many processes train together and end with this call; the model is
    that of one process but for rounding.

    Where the recipe keeps a moving average of the weights, that is the model: nobody looks which is better.
    A linear probe on embeddings that are there is always returned, as it takes no forward pass, unless it has to
    choose among the features of all layers.

    Parameters
    ----------
    updates
        How many there shall be, the rate falling to zero over them; 0 gives the linear probe with the recipe's C.
    ranks
        Given to the first of the processes that train together, and to nobody else.
    pace
        That of this many updates: the run hurries where time is short, and here stands how. None, or several
        processes: a run for which there is not enough time is given up.

    Raises
    ------
    TrialFailed
        If training diverges or does not fit into memory, time runs out while other layers are embedded or chosen
        from, or one of several processes dies.
    """
    if updates > 0 and remaining() <= 0:
        return None
    strategy = strategies.get(recipe.strategy)
    if workload.devices > 1 and ranks is None and strategy.trains_by_gradient and updates > 0:
        # Ranks behind the first have no features, and all want the head's shape and unit.
        heads = {model: recipe_head(workload, model, recipe, seed=seed)}
        return train_on_ranks(
            RankTask(dataclasses.replace(workload, heads=heads), "", model, recipe, seed, straight=updates),
            remaining=remaining,
            load_model=load_model,
        )
    with borrowed_torch(threads=workload.threads, seed=seed):
        classifier, _ = starting_classifier(
            workload, model, recipe, seed=seed, load_model=load_model, remaining=remaining
        )
        if strategy.trains_by_gradient and updates > 0:
            device = choose_device(workload.device) if ranks is None else ranks.device
            shortened = dataclasses.replace(recipe, updates=updates)
            clock = Clock(remaining, updates_per_look=updates_per_look(workload, recipe))
            if pace is not None:
                pace.watch(clock.updates_left)

            def too_late() -> bool:
                return clock.out_of_time() or (pace is not None and pace.hopeless)

            data = training_data(
                classifier.to(device), workload, device, remaining=remaining if ranks is None else no_limit
            )
            strategy.prepare(classifier, recipe, seed=seed)
            for progress in train(
                classifier,
                strategy.parameter_groups(classifier, recipe),
                data,
                shortened,
                seed=seed,
                device=device,
                freeze_statistics=freezes_statistics(recipe, len(workload.train)),
                out_of_time=too_late if ranks is None else ranks.agreed(too_late),
                objective=objective_of(workload, recipe),
                compiled=workload.compiled,
                ranks=ranks,
                pace=pace,
            ):
                if progress.out_of_time:
                    return None
            if strategy.refits_head:
                refit_head(classifier, data, recipe, seed=seed, device=device)
            elif progress.average is not None:
                progress.average.stay_in(classifier)
            classifier = strategy.plain(classifier)
    classifier.cpu().eval()
    notes = {"seed": seed, "update": updates}
    return FittedModel.of(classifier, workload.class_names, task=workload.task, recipe=recipe, notes=notes)
