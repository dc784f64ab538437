"""The loop pauses at the rungs, halves batches that do not fit and gives up in words."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from automl_tl.errors import TrialFailed
from automl_tl.finetune.classifier import Classifier
from automl_tl.finetune.fine_tuning import training_data
from automl_tl.finetune.loop import class_weights, rung_updates, sample_batches, train
from automl_tl.finetune.recipe import Recipe
from automl_tl.finetune.strategies.base import strategies

RECIPE = Recipe("full_finetune", updates=9, batch_size=8, learning_rate=1e-3)


class NarrowMemory(Classifier):
    """Runs out of memory with more than ``limit`` examples at once."""

    limit = 4
    seen: list[int]

    def forward(self, batch):
        self.seen = [*getattr(self, "seen", []), len(batch["pixels"])]
        if len(batch["pixels"]) > self.limit:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return super().forward(batch)


@pytest.fixture
def start(workload, tiny_model, model_id):
    """Return a function that runs the loop on a fresh classifier and returns (classifier, pauses)."""

    def run(recipe=RECIPE, kind=Classifier, limit=None, **options):
        classifier = kind(copy.deepcopy(tiny_model.backbone), workload.heads[model_id])
        if limit is not None:
            classifier.limit = limit
        device = torch.device("cpu")
        settings = {"seed": 0, "freeze_statistics": True, "out_of_time": lambda: False, **options}
        pauses = list(
            train(
                classifier,
                strategies.get(recipe.strategy).parameter_groups(classifier, recipe),
                training_data(classifier, workload, device),
                recipe,
                device=device,
                **settings,
            )
        )
        return classifier, pauses

    return run


def test_it_pauses_at_every_rung_and_the_loss_falls(start):
    _, pauses = start(Recipe("full_finetune", updates=45, batch_size=12, learning_rate=3e-3))
    assert [pause.update for pause in pauses] == [5, 15, 30, 45]
    assert [pause.fraction for pause in pauses] == pytest.approx([1 / 9, 1 / 3, 2 / 3, 1])
    assert pauses[-1].train_loss < pauses[0].train_loss


def test_it_stops_when_time_runs_out_and_says_so(start):
    asked = []
    _, pauses = start(out_of_time=lambda: asked.append(1) or len(asked) > 5)
    assert pauses[-1].out_of_time
    assert pauses[-1].update == 5


@pytest.mark.parametrize("updates", [1, 2, 5, 9, 100])
def test_rungs_are_distinct_and_end_with_the_last_update(updates):
    stops = rung_updates(updates)
    assert list(stops) == sorted(set(stops))
    assert stops[-1] == updates
    assert stops[0] >= 1


def test_a_batch_that_does_not_fit_is_halved_with_the_same_result(start):
    whole, _ = start()
    halved, _ = start(kind=NarrowMemory)
    assert halved.seen[:3] == [8, 4, 4]
    for ours, theirs in zip(whole.parameters(), halved.parameters(), strict=True):
        torch.testing.assert_close(ours, theirs, atol=1e-4, rtol=1e-3)


def test_memory_for_less_than_two_examples_fails_in_words(start):
    with pytest.raises(TrialFailed, match=r"out of memory.*batch_size 8"):
        start(kind=NarrowMemory, limit=1)


def test_other_errors_of_the_forward_pass_are_not_swallowed(start):
    class Broken(Classifier):
        def forward(self, batch):
            raise RuntimeError("shapes do not match")

    with pytest.raises(RuntimeError, match="shapes do not match"):
        start(kind=Broken)


def test_a_loss_that_is_not_finite_fails_in_words(start):
    class Diverging(Classifier):
        def forward(self, batch):
            return super().forward(batch) * float("nan")

    with pytest.raises(TrialFailed, match=r"became nan at update 1 of 9 \(learning_rate 0.001\)"):
        start(kind=Diverging)


@given(st.integers(1, 30), st.integers(2, 12), st.integers(0, 99))
def test_an_epoch_shows_no_example_twice(n, batch_size, seed):
    batches = sample_batches(n, batch_size, seed)
    size = min(batch_size, n)
    epoch = np.concatenate([next(batches) for _ in range(n // size)])
    assert len(set(epoch.tolist())) == len(epoch) == size * (n // size)
    assert len(next(batches)) == size


def test_balanced_weights_make_classes_count_alike_and_keep_the_mean():
    labels = np.array([0] * 8 + [1] * 2)
    weights = class_weights(labels, 3, balanced=True)
    assert weights[0] * 8 == pytest.approx(weights[1] * 2)
    assert weights[labels].mean() == pytest.approx(1.0)
    assert (class_weights(labels, 3, balanced=False) == 1).all()
