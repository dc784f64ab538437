"""What a rank is told: no more than it needs."""

from __future__ import annotations

from dataclasses import replace

from automl_tl.finetune.ranks.task import RankTask
from automl_tl.finetune.recipe import Recipe


def test_ranks_get_one_model_their_threads_and_only_the_first_validates(workload, model_id):
    """A job's workload holds embeddings of every model, which would be copied to every rank."""
    other = {"local:other": workload.cards[model_id]}
    task = RankTask(
        replace(workload, cards={**workload.cards, **other}, threads=5, devices=2),
        "t0001",
        model_id,
        Recipe("full_finetune"),
        0,
    )
    first, second = (task.for_rank(rank).workload for rank in (0, 1))
    assert set(first.cards) == set(second.cards) == {model_id}
    assert (first.threads, second.threads) == (2, 2)
    assert (len(first.validation), len(second.validation)) == (24, 0)
    assert (len(first.train), len(second.train)) == (36, 36)
    assert set(first.train_features) == {model_id}
    assert not second.train_features
    assert task.schedule is task.recipe
    assert replace(task, straight=7).schedule == replace(task.recipe, updates=7)
    assert first.heads[model_id] is second.heads[model_id] is workload.heads[model_id]
