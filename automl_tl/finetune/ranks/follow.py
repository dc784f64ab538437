"""What the ranks behind the first do: train along, and neither validate nor write."""

from __future__ import annotations

from automl_tl.finetune.classifier import Classifier
from automl_tl.finetune.device import borrowed_torch
from automl_tl.finetune.fine_tuning import freezes_statistics, objective_of, training_data
from automl_tl.finetune.loop import train
from automl_tl.finetune.ranks.group import Ranks
from automl_tl.finetune.ranks.task import RankTask
from automl_tl.finetune.resume import resumable
from automl_tl.finetune.start import LoadModel
from automl_tl.finetune.strategies.base import strategies

__all__ = ["follow"]


def follow(task: RankTask, ranks: Ranks, *, load_model: LoadModel) -> None:
    """Train with rank 0 until it says that the run is over; the weights that it starts from come from there.

    Raises
    ------
    TrialFailed
        As rank 0 does, for the same reason.
    """
    workload, recipe, seed, model = task.workload, task.schedule, task.seed, task.model
    strategy, resume = strategies.get(recipe.strategy), None
    if task.resume_from is not None:
        resume = resumable(task.resume_from, model=model, recipe=recipe, seed=seed).loop
    with borrowed_torch(threads=workload.threads, seed=seed):
        backbone = load_model(workload.cards[model]).backbone
        classifier = Classifier(backbone, workload.heads[model]).to(ranks.device)
        data = training_data(classifier, workload, ranks.device)
        strategy.prepare(classifier, recipe, seed=seed)
        for _ in train(
            classifier,
            strategy.parameter_groups(classifier, recipe),
            data,
            recipe,
            seed=seed,
            device=ranks.device,
            freeze_statistics=freezes_statistics(recipe, len(workload.train)),
            out_of_time=ranks.agreed(lambda: False),
            objective=objective_of(workload, recipe),
            resume=resume,
            until=task.until,
            ranks=ranks,
        ):
            pass
