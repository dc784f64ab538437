"""A step on two ranks is the step of one process, and memory that runs out on one runs out on both."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch

from automl_tl.errors import OutOfMemory
from automl_tl.finetune.classifier import Classifier, random_head
from automl_tl.finetune.contrast import BLOCK, ContrastivePairs
from automl_tl.finetune.optimiser import build_optimiser, freeze_others, set_rates
from automl_tl.finetune.prepared import PreparedInputs
from automl_tl.finetune.ranks.share import Share, Whole
from automl_tl.finetune.recipe import Recipe
from automl_tl.finetune.step import Step
from automl_tl.finetune.strategies.base import strategies
from automl_tl.finetune.training_data import TrainingData
from automl_tl.testing.strategy import tiny_image_backbone

CPU = torch.device("cpu")
BASE = {"updates": 9, "batch_size": 10, "learning_rate": 0.05, "optimiser": "sgd", "batch_norm": "trained"}
KINDS = {
    "plain": {},
    "mixed": {"mixup": 0.4, "cutmix": 0.4, "augment": "flip", "erasing": 0.3, "label_smoothing": 0.1},
    "operations": {"augment": "trivial", "focal": 2.0},
    "frozen_statistics": {"augment": "crop"},
    "anchored": {"anchor": 2.0},
    "half_frozen": {},
    "pairs": {},
    "blocks": {"batch_size": 24},
    "one_block": {},
}
SMALL_PARTS = (("plain", 4), ("frozen_statistics", 3), ("blocks", 16))
OF_PAIRS = ("pairs", "blocks", "one_block")
STRATEGY = {
    "anchored": "l2_sp",
    "half_frozen": "partial_unfreezing",
    **dict.fromkeys(OF_PAIRS, "contrastive"),
}
PASSES = {"pairs": ((4, 6), 10), "blocks": ((8, 16), 24), "one_block": ((8, 8), 10)}
"""Examples that each rank passes through the network in a step, and the micro-batch: blocks are never parted, and
where there is one for two ranks, the first passes it too but does not count."""


class NarrowMemory:
    """Lets a backbone run out of memory with more than ``limit`` examples, in the forward or the backward pass."""

    def __init__(self, backbone, limit, *, backwards):
        self.limit, self.backwards, self.seen = limit, backwards, ()
        backbone.register_forward_hook(self._passed)

    def _passed(self, backbone, arguments, embeddings):
        self.seen += (len(embeddings),)
        if len(embeddings) <= self.limit:
            return
        if not self.backwards:
            raise torch.OutOfMemoryError("CUDA out of memory")
        embeddings.register_hook(self._fail)

    def _fail(self, gradient):
        raise torch.OutOfMemoryError("CUDA out of memory")


def trained(
    kind: str, ranks, *, limit: int = 10**9, backwards: bool = False, updates: int = 3, micro_batch: int = 0
):
    """Return losses, weights, sizes of passes and micro-batch after a few steps, alone or as one of the ranks."""
    recipe = Recipe(STRATEGY.get(kind, "full_finetune"), **(BASE | KINDS[kind]))
    rng = np.random.default_rng(0)
    images = [rng.integers(0, 255, (16, 16, 3), dtype=np.uint8) for _ in range(24)]
    labels = np.arange(24, dtype=np.int64) % 3
    backbone = tiny_image_backbone()
    classifier = Classifier(copy.deepcopy(backbone), random_head(3, backbone.embedding_size, seed=0))
    memory = NarrowMemory(classifier.backbone, limit, backwards=backwards)
    classifier.to(memory_format=torch.channels_last)
    strategy = strategies.get(recipe.strategy)
    groups = strategy.parameter_groups(classifier, recipe)
    freeze_others(classifier, groups)
    optimiser = build_optimiser(groups, recipe)
    data = TrainingData(PreparedInputs(backbone, images, CPU), labels, np.array([0.5, 1.0, 2.0], np.float32))
    objective = ContrastivePairs(granule=2) if kind == "pairs" else strategy.objective(recipe)
    classifier.train(kind != "frozen_statistics")
    step = Step(classifier, optimiser, objective, data, recipe, CPU, 7, ranks)
    step.micro_batch = micro_batch or step.micro_batch
    losses, rows = [], objective.batches(labels, recipe.batch_size, 0)
    for update in range(1, updates + 1):
        set_rates(optimiser, recipe, update + 2)
        losses.append(step(next(rows), update))
    return losses, classifier.state_dict(), memory.seen, step.micro_batch


def on_ranks_steps(ranks):
    return {kind: trained(kind, ranks) for kind in KINDS}


def on_ranks_small_parts(ranks):
    return [trained(kind, ranks, micro_batch=size) for kind, size in SMALL_PARTS]


def on_ranks_out_of_memory(ranks):
    return [
        trained("plain", ranks, limit=limit if ranks.rank == loser else 10**9, backwards=backwards)
        for loser in (0, 1)
        for limit, backwards in ((3, False), (3, True), (1, False))
    ]


def on_ranks_both_out_of_memory(ranks):
    return trained("plain", ranks, limit=3)


def on_ranks_blocks_out_of_memory(ranks):
    return trained("blocks", ranks, limit=8)


def on_ranks_no_memory_at_all(ranks):
    try:
        trained("plain", ranks, limit=0 if ranks.rank else 10**9)
    except OutOfMemory as error:
        return error.message
    return ""


def on_ranks_seeds(ranks):
    Share(ranks, torch.nn.Linear(1, 1), ()).seed(5)
    return torch.rand(1).item()


def same(found, expected, tolerance=2e-4):
    losses, weights, _, _ = found
    assert losses == pytest.approx(expected[0], rel=tolerance)
    for name, value in expected[1].items():
        torch.testing.assert_close(weights[name], value, atol=tolerance, rtol=tolerance, msg=name)


@pytest.mark.parametrize("kind", KINDS)
def test_steps_of_two_ranks_are_those_of_one_process(told, kind):
    """Losses and weights; both ranks have the same bits and half of the examples; what is frozen stands still."""
    expected = trained(kind, None)
    first, second = (answers[kind] for answers in told["steps"])
    same(first, expected)
    assert all(torch.equal(first[1][name], second[1][name]) for name in first[1])
    sizes, micro_batch = PASSES.get(kind, ((5, 5), 10))
    assert first[3] == second[3] == micro_batch
    assert (first[2], second[2]) == tuple((size,) * 3 for size in sizes)
    if kind == "half_frozen":
        start = tiny_image_backbone().state_dict()
        kept = [name for name in start if torch.equal(start[name], expected[1][f"backbone.{name}"])]
        assert len(kept) > 10
        assert all(
            torch.equal(first[1][f"backbone.{name}"], start[name]) for name in kept if "running" not in name
        )


def test_blocks_of_the_strategy_are_those_that_ranks_share(told):
    """The block that recipes have and not a smaller one, which would be easier to divide."""
    for kind in ("blocks", "one_block"):
        recipe = Recipe("contrastive", **(BASE | KINDS[kind]))
        assert strategies.get("contrastive").objective(recipe).granule == BLOCK == 8


def test_memory_for_one_block_is_enough(told):
    """The second rank has two of three blocks, which do not fit: both go on with one at a time."""
    first, second = told["blocks_out_of_memory"]
    assert first[3] == second[3] == BLOCK
    same(first, trained("blocks", None, limit=BLOCK))
    assert all(torch.equal(first[1][name], second[1][name]) for name in first[1])


def test_parts_that_are_too_small_for_all_ranks_count_once(told):
    """Ten examples three at a time leave one for two ranks, three blocks two at a time leave one block."""
    for number, (kind, size) in enumerate(SMALL_PARTS):
        first, second = (answers[number] for answers in told["small_parts"])
        same(first, trained(kind, None, micro_batch=size))
        assert all(torch.equal(first[1][name], second[1][name]) for name in first[1])


def test_memory_that_runs_out_on_one_rank_halves_the_parts_of_all(told):
    """In the forward and the backward pass, while others wait in batch norms; as memory of one process would."""
    first, second = told["out_of_memory"]
    for ours, theirs, smaller in zip(first, second, (5, 5, 2) * 2, strict=True):
        assert ours[3] == theirs[3] == smaller
        # The moments of two values make much of little.
        same(ours, trained("plain", None, limit=smaller), 2e-4 if smaller > 2 else 5e-3)
        assert all(torch.equal(ours[1][name], theirs[1][name]) for name in ours[1])


def test_both_may_run_out_at_once(told):
    """As they mostly do: they have the same device and as many examples."""
    assert [answers[3] for answers in told["both_out_of_memory"]] == [5, 5]


def test_no_memory_even_for_one_example_each_fails_on_all(told):
    """In the same words."""
    assert told["no_memory_at_all"][0] == told["no_memory_at_all"][1]
    assert "out of memory" in told["no_memory_at_all"][0]


def test_ranks_draw_differently_inside_the_network(told):
    """The first as a process alone; with the same masks, examples at the same place would share a fate."""
    first, second = told["seeds"]
    assert first != second


def test_a_process_alone_has_all_of_a_step():
    """Nothing changes for it, and nothing is computed for the division."""
    alone = Whole()
    assert alone.part(3, 9, 2) == (slice(3, 9), True)
    assert alone.add_up(0.5) == 0.5
