"""A step halves batches that do not fit and draws at random only from its seed and number."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch

from automl_tl.errors import OutOfMemory
from automl_tl.finetune.classifier import Classifier
from automl_tl.finetune.fine_tuning import training_data
from automl_tl.finetune.objective import CrossEntropy
from automl_tl.finetune.optimiser import build_optimiser, set_rates
from automl_tl.finetune.recipe import Recipe
from automl_tl.finetune.step import Step
from automl_tl.finetune.strategies.base import strategies

RECIPE = Recipe("full_finetune", updates=9, batch_size=8, learning_rate=1e-3)
CPU = torch.device("cpu")
BATCH = np.arange(8, dtype=np.int64)


class NarrowMemory(Classifier):
    """Runs out of memory with more than ``limit`` examples at once."""

    limit = 10**9
    seen: list[int]

    def forward(self, batch):
        self.seen = [*getattr(self, "seen", []), len(batch["pixels"])]
        if len(batch["pixels"]) > self.limit:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return super().forward(batch)


@pytest.fixture
def make(workload, tiny_model, model_id):
    """Return a function that makes a fresh classifier and its step."""

    def call(recipe=RECIPE, limit=10**9, seed=0, **options):
        classifier = NarrowMemory(copy.deepcopy(tiny_model.backbone), workload.heads[model_id])
        classifier.limit = limit
        optimiser = build_optimiser(strategies.get("full_finetune").parameter_groups(classifier, recipe), recipe)
        set_rates(optimiser, recipe, 3)
        data = training_data(classifier, workload, CPU)
        step = Step(classifier.eval(), optimiser, CrossEntropy(), data, recipe, CPU, seed, **options)
        return classifier, step

    return call


def test_a_batch_that_does_not_fit_is_halved_with_the_same_result(make):
    (whole, step), (halved, narrow) = make(), make(limit=4)
    assert narrow(BATCH, 1) == pytest.approx(step(BATCH, 1), rel=1e-5)
    assert halved.seen == [8, 4, 4]
    assert (step.micro_batch, narrow.micro_batch) == (8, 4)
    for ours, theirs in zip(whole.parameters(), halved.parameters(), strict=True):
        torch.testing.assert_close(ours, theirs, atol=1e-4, rtol=1e-3)


def test_the_smaller_micro_batch_is_remembered(make):
    classifier, step = make(limit=4)
    step(BATCH, 1)
    step(BATCH, 2)
    assert classifier.seen == [8, 4, 4, 4, 4]


def test_a_step_that_cannot_be_compiled_is_taken_as_it_is(make, monkeypatch):
    """With the same result; the second step does not try again."""
    tries = []

    def broken(forward):
        def call(batch):
            tries.append(batch)
            raise RuntimeError("no compiler found")

        return call

    monkeypatch.setattr(torch, "compile", broken)
    (whole, step), (other, compiled) = make(), make(compiled=True)
    for update in (1, 2):
        assert compiled(BATCH, update) == pytest.approx(step(BATCH, update), rel=1e-5)
    assert len(tries) == 1
    for ours, theirs in zip(whole.parameters(), other.parameters(), strict=True):
        torch.testing.assert_close(ours, theirs)


def test_memory_for_less_than_two_examples_fails_in_words(make):
    _, step = make(limit=1)
    with pytest.raises(OutOfMemory, match=r"out of memory.*batch_size 8"):
        step(BATCH, 1)


def test_chance_depends_on_seed_and_update_alone(make):
    recipe = Recipe("full_finetune", updates=9, batch_size=8, learning_rate=1e-3, augment="flip")

    def loss(update: int, seed: int = 0, disturbed: int = 0) -> float:
        _, step = make(recipe, seed=seed)
        torch.manual_seed(disturbed)
        return step(BATCH, update)

    assert loss(5) == loss(5, disturbed=1)
    assert loss(5) != loss(6)
    assert loss(5) != loss(5, seed=1)
