"""What a loaded model costs, against what can be counted by hand, and what happens when measuring fails."""

import math
from dataclasses import replace

import pytest
import torch

from automl_tl.probe import measure_cost as module
from automl_tl.probe.cost import ModelCost, TrialSize
from automl_tl.probe.measure_cost import measure_cost, with_throughput

FIGURES = ("flops", "latency_ms", "weight_bytes", "inference_bytes", "training_bytes", "trial_seconds")


@pytest.fixture
def timed(monkeypatch):
    """Make every timed pass take ten milliseconds, so that the arithmetic can be checked."""

    def median(self, run, *, at_most):
        run()
        return 0.01

    monkeypatch.setattr(module.Stopwatch, "median", median)
    monkeypatch.setattr(module, "optimiser_seconds", lambda weights: 0.002)
    monkeypatch.setattr(module.Stopwatch, "left", lambda self: 1.0)


@pytest.mark.parametrize(("model", "data"), [("image_model", "images"), ("text_model", "texts")])
def test_every_figure_is_known_of_both_modalities(request, model, data):
    """And the network is given back as it came: on the CPU, with torch's threads."""
    loaded, dataset = request.getfixturevalue(model), request.getfixturevalue(data)
    threads = torch.get_num_threads()
    cost = measure_cost(loaded, dataset, range(len(dataset)), threads=1, device="cpu")
    assert all(getattr(cost, name) > 0 for name in FIGURES), cost
    assert cost.device == "cpu, 1 thread"
    assert cost.parameters == sum(weight.numel() for weight in loaded.backbone.parameters())
    assert cost.weight_bytes == 4 * cost.parameters
    assert cost.weight_bytes < cost.inference_bytes < cost.training_bytes
    assert math.isnan(cost.examples_per_second)
    assert torch.get_num_threads() == threads


def test_a_multiply_add_counts_as_two_operations(text_model, texts):
    """Two BERT layers of width 16 on T tokens: 4 projections, 2 of width 32, and attention; counted by hand."""
    cost = measure_cost(text_model, texts, [0], device="cpu")
    tokens = text_model.backbone.preprocess([texts.inputs[0]])["input_ids"].shape[1]
    projections = 2 * (4 * 16 * 16 + 2 * 16 * 32) * tokens
    attention = 2 * (2 * tokens * tokens * 16)
    assert cost.flops == 2 * (projections + attention)


def test_the_text_of_median_length_stands_for_all(text_model, texts):
    """Not the longest, which would charge everybody for one outlier."""
    short = replace(texts, inputs=("note",) * 5 + ("the goal near the forecast " * 3,) * 2)
    assert measure_cost(text_model, short, range(7)).flops == measure_cost(text_model, short, [0]).flops
    assert measure_cost(text_model, short, [5]).flops > measure_cost(text_model, short, [0]).flops


def test_counts_do_not_depend_on_the_day(image_model, images):
    """A memory limit must not let a model in today and keep it out tomorrow."""
    first, second = (measure_cost(image_model, images, range(6), device="cpu") for _ in range(2))
    for name in ("parameters", "flops", "inference_bytes", "training_bytes"):
        assert getattr(first, name) == getattr(second, name)


def test_training_memory_is_four_copies_of_the_weights_and_a_batch_of_activations(image_model, images):
    """So it grows with the batch by the same amount per example."""
    one, nine = (
        measure_cost(image_model, images, range(6), trial=TrialSize(batch_size=size), device="cpu")
        for size in (1, 9)
    )
    per_example = (nine.training_bytes - one.training_bytes) / 8
    assert one.training_bytes == 4 * one.weight_bytes + per_example


@pytest.mark.usefixtures("timed")
def test_a_trials_time_is_its_updates_and_its_validations(image_model, images, monkeypatch):
    """With 0.01 s for an update on 4 examples: 0.0025 s each, a third of it for a forward pass."""
    cost = measure_cost(image_model, images, range(4), trial=TrialSize(10, 8, 30), device="cpu")
    assert cost.trial_seconds == pytest.approx(10 * (8 * 0.0025 + 0.002) + 30 * 0.0025 / 3)
    assert cost.latency_ms == 10.0


@pytest.mark.usefixtures("timed")
def test_where_there_is_no_time_for_an_update_three_forward_passes_stand_for_it(image_model, images, monkeypatch):
    """And the notes say so."""
    times = iter([1.0, 1.0, 0.029, 0.0])
    monkeypatch.setattr(module.Stopwatch, "left", lambda self: next(times))
    cost = measure_cost(image_model, images, range(4), trial=TrialSize(10, 8, 30), device="cpu")
    assert cost.trial_seconds == pytest.approx((3 * 10 * 8 + 30) * 0.01)
    assert math.isnan(cost.training_bytes)
    assert "three forward passes" in cost.notes["trial_seconds"]
    assert "no time" in cost.notes["training_bytes"]


@pytest.mark.usefixtures("timed")
def test_an_update_on_part_of_a_batch_is_noted(image_model, images, monkeypatch):
    """A batch may cost more than its parts."""
    monkeypatch.setattr(module.Stopwatch, "left", lambda self: 0.07)
    cost = measure_cost(image_model, images, range(8), trial=TrialSize(10, 8), device="cpu")
    assert cost.notes == {"trial_seconds": "from an update on 2 examples"}


def test_a_moment_in_which_the_processor_was_elsewhere_does_not_count(image_model, images, monkeypatch):
    """Latency is looked at twice, some time apart."""
    latencies = iter([0.5, 0.002])
    monkeypatch.setattr(module.Stopwatch, "median", lambda *_, at_most: next(latencies) if at_most > 3 else 0.1)
    monkeypatch.setattr(module.Stopwatch, "left", lambda self: 10.0)
    assert measure_cost(image_model, images, range(4), device="cpu").latency_ms == 2.0


def test_without_time_only_the_weights_are_counted(image_model, images):
    """Probing's deadline is kept, and what is unknown says why."""
    cost = measure_cost(image_model, images, range(4), seconds=0.0)
    assert cost.parameters > 0
    assert math.isnan(cost.latency_ms)
    assert set(cost.notes) == {"flops", "latency_ms", "inference_bytes", "training_bytes", "trial_seconds"}
    assert "no time" in cost.notes["latency_ms"]


def test_a_model_that_cannot_be_measured_has_notes_instead(image_model, images, monkeypatch):
    """What was known before the failure stays; nothing is raised."""

    def broken(*_):
        raise RuntimeError("backward is not implemented\nfor this layer")

    monkeypatch.setattr(module, "kept_bytes", broken)
    cost = measure_cost(image_model, images, range(4))
    assert cost.parameters > 0
    assert cost.notes["trial_seconds"] == "measuring failed: backward is not implemented"
    assert cost.device


def test_throughput_is_the_probes_own():
    """Cached embeddings tell nothing about it."""
    assert with_throughput(ModelCost(), 300, 1.5).examples_per_second == 200.0
    cached = with_throughput(ModelCost(), 300, 0.0)
    assert math.isnan(cached.examples_per_second)
    assert cached.notes == {"examples_per_second": "the embeddings were cached"}
