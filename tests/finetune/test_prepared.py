"""Prepared inputs are the same whether they are kept in memory or made batch by batch."""

from __future__ import annotations

import numpy as np
import torch

from automl_tl.data.load import load_dataset
from automl_tl.data.on_demand import ExamplesOnDemand
from automl_tl.finetune.prepared import PreparedInputs
from automl_tl.testing.shards import coloured_images, write_parquet_shards
from automl_tl.testing.strategy import tiny_image_backbone

CPU = torch.device("cpu")


def images(n: int) -> list[np.ndarray]:
    return list(np.random.default_rng(0).integers(0, 256, (n, 20, 20, 3), dtype=np.uint8))


def test_memory_and_no_memory_give_the_same_batches():
    backbone, examples, wanted = tiny_image_backbone(), images(70), np.array([69, 0, 3])
    kept = PreparedInputs(backbone, examples, CPU).batch(wanted)["pixels"]
    made = PreparedInputs(backbone, examples, CPU, memory_limit=0).batch(wanted)["pixels"]
    assert torch.equal(kept, made)
    assert torch.equal(kept, backbone.preprocess([examples[i] for i in wanted])["pixels"])


def test_images_are_preprocessed_once(monkeypatch):
    backbone, calls = tiny_image_backbone(), []
    original = backbone.preprocess
    monkeypatch.setattr(backbone, "preprocess", lambda examples: calls.append(len(examples)) or original(examples))
    prepared = PreparedInputs(backbone, images(10), CPU)
    for _ in range(5):
        prepared.batch(np.arange(4))
    assert calls == [10]


def test_texts_are_evaluated_in_order_of_length():
    prepared = PreparedInputs(tiny_image_backbone(), [], CPU)
    prepared._examples = ["ccc", "a", "bb"]
    assert prepared.evaluation_order().tolist() == [1, 2, 0]


def test_inputs_on_demand_are_read_ahead_and_never_all(tmp_path):
    """One batch is prepared while another is used; asking for one again gives the same."""
    write_parquet_shards(tmp_path, coloured_images(20), shards=2)
    dataset, backbone, cpu = load_dataset(tmp_path), tiny_image_backbone(), CPU
    asked: list[int] = []

    class Counting(ExamplesOnDemand):
        def take(self, places):
            asked.append(len(places))
            return super().take(places)

    streamed = PreparedInputs(backbone, Counting(dataset, np.arange(20)), cpu, memory_limit=0)
    whole = PreparedInputs(backbone, list(ExamplesOnDemand(dataset, np.arange(20))), cpu)
    batches = [np.array([3, 1]), np.array([19, 0]), np.array([5, 5])]
    for indices in streamed.ahead(iter(batches)):
        for _ in range(2):
            assert torch.equal(streamed.batch(indices)["pixels"], whole.batch(indices)["pixels"])
    assert asked == [2, 2, 2]
    assert streamed.evaluation_order().tolist() == list(range(20))
    assert list(whole.ahead(iter(batches))) == batches


def test_what_there_is_no_time_for_is_prepared_batch_by_batch(monkeypatch):
    """The clock is asked between some images and the next; the inputs are the same."""
    backbone, calls, left = tiny_image_backbone(), [], iter([1.0, 0.0])
    original, examples = backbone.preprocess, images(200)
    monkeypatch.setattr(backbone, "preprocess", lambda some: calls.append(len(some)) or original(some))
    hurried = PreparedInputs(backbone, examples, CPU, remaining=lambda: next(left))
    assert sum(calls) == 128
    assert hurried.costly
    wanted = np.array([199, 0, 3])
    whole = PreparedInputs(backbone, examples, CPU)
    assert not whole.costly
    assert torch.equal(hurried.batch(wanted)["pixels"], whole.batch(wanted)["pixels"])
