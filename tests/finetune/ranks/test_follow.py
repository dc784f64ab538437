"""The ranks behind the first train along with it, from its weights, and end with its run."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from automl_tl.finetune.classifier import Classifier, random_head
from automl_tl.finetune.loop import train
from automl_tl.finetune.prepared import PreparedInputs
from automl_tl.finetune.ranks.follow import follow
from automl_tl.finetune.ranks.task import RankTask
from automl_tl.finetune.recipe import Recipe
from automl_tl.finetune.strategies.base import strategies
from automl_tl.finetune.training_data import TrainingData
from automl_tl.finetune.workload import LabelledInputs
from automl_tl.testing.runner import toy_workload
from automl_tl.testing.strategy import tiny_image_backbone
from automl_tl.zoo.backbone import LoadedModel

CPU = torch.device("cpu")


def on_ranks_run(ranks):
    """Rank 0 runs the loop and stops early; rank 1, which loads another network, follows it."""
    recipe = Recipe("full_finetune", updates=9, batch_size=4, optimiser="sgd", batch_norm="frozen")
    rng = np.random.default_rng(0)
    images = tuple(rng.integers(0, 255, (16, 16, 3), dtype=np.uint8) for _ in range(8))
    labels = np.arange(8, dtype=np.int64) % 2
    backbone = tiny_image_backbone(seed=ranks.rank)
    head = random_head(2, backbone.embedding_size, seed=ranks.rank)
    if ranks.rank:
        kept = []
        part = LabelledInputs(images, labels)
        workload = replace(toy_workload(Path()), train=part, heads={"local:a": head})
        follow(
            RankTask(workload, "t", "local:a", recipe, 0),
            ranks,
            load_model=lambda card: kept.append(backbone) or LoadedModel(backbone, ""),
        )
        return kept[0].state_dict()
    classifier = Classifier(backbone, head)
    data = TrainingData(PreparedInputs(backbone, images, CPU), labels, np.ones(2, np.float32))
    groups = strategies.get(recipe.strategy).parameter_groups(classifier, recipe)
    updates = iter([False] * 3 + [True])
    for _ in train(
        classifier,
        groups,
        data,
        recipe,
        seed=0,
        device=CPU,
        freeze_statistics=True,
        out_of_time=ranks.agreed(lambda: next(updates)),
        ranks=ranks,
    ):
        pass
    return backbone.state_dict()


def test_a_follower_ends_with_the_first_ranks_weights(told):
    """It had others at the beginning, and nobody told it how long the run is."""
    first, second = told["run"]
    start = tiny_image_backbone(seed=0).state_dict()
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert not all(torch.equal(first[name], start[name]) for name in first)
