"""What a run borrows from torch it gives back."""

from __future__ import annotations

import dataclasses
import math

import pytest
import torch

from automl_tl.finetune.device import autocast, borrowed_torch, choose_device, is_out_of_memory
from automl_tl.finetune.recipe import Recipe
from automl_tl.finetune.training_state import state_file
from automl_tl.finetune.trial import run_trial


def test_threads_and_random_state_come_back_even_after_an_error():
    threads = torch.get_num_threads()
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)

    def fail_inside() -> None:
        with borrowed_torch(threads=threads + 1, seed=1):
            torch.rand(100)
            assert torch.get_num_threads() == threads + 1
            raise ValueError("stop")

    with pytest.raises(ValueError, match="stop"):
        fail_inside()
    assert torch.get_num_threads() == threads
    assert torch.equal(torch.rand(3), expected)


def test_the_seed_decides_what_is_drawn_inside():
    def draw(seed: int) -> torch.Tensor:
        with borrowed_torch(threads=1, seed=seed):
            return torch.rand(4)

    assert torch.equal(draw(3), draw(3))
    assert not torch.equal(draw(3), draw(4))


def test_auto_takes_cuda_only_where_there_is_one():
    assert choose_device("auto").type == ("cuda" if torch.cuda.is_available() else "cpu")
    assert choose_device("cpu").type == "cpu"


def test_the_cpu_computes_in_full_precision():
    with autocast(torch.device("cpu")):
        assert (torch.ones(2, 2) @ torch.ones(2, 2)).dtype == torch.float32


def test_out_of_memory_is_told_from_other_errors():
    assert is_out_of_memory(torch.OutOfMemoryError("CUDA out of memory"))
    assert is_out_of_memory(MemoryError())
    assert is_out_of_memory(RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried"))
    assert not is_out_of_memory(RuntimeError("shapes do not match"))


CUDA_RUN = Recipe("full_finetune", learning_rate=1e-3, batch_size=12, updates=9, warmup=0.0)


def trained(workload, model_id, load_tiny, unlimited, *, trial="t0001", device="cuda", **options):
    """Return the outcome of a short run."""
    defaults = {"seed": 0, "report": lambda point: True, "remaining": unlimited, "recipe": CUDA_RUN}
    work = dataclasses.replace(workload, device=device)
    return run_trial(work, model=model_id, load_model=load_tiny, trial=trial, **{**defaults, **options})


@pytest.mark.gpu
def test_a_run_on_a_gpu_learns_what_one_on_a_cpu_learns(workload, model_id, load_tiny, unlimited):
    """In bfloat16 and channels-last: losses agree to a few per cent, and the model comes back to the CPU."""
    there = trained(workload, model_id, load_tiny, unlimited)
    here = trained(workload, model_id, load_tiny, unlimited, trial="t0002", device="cpu")
    losses = [[point.train_loss for point in outcome.curve[1:]] for outcome in (there, here)]
    assert losses[0] == pytest.approx(losses[1], rel=0.1)
    assert not math.isnan(there.best.metrics["accuracy"])


@pytest.mark.gpu
def test_a_run_on_a_gpu_goes_on_from_its_state(workload, model_id, load_tiny, unlimited):
    """Paused at a third and taken up again, it comes near the run that was never paused."""
    whole = trained(workload, model_id, load_tiny, unlimited)
    trained(workload, model_id, load_tiny, unlimited, trial="t0002", report=lambda point: point.update < 3)
    state = state_file(workload.checkpoint_root, "t0002")
    again = trained(workload, model_id, load_tiny, unlimited, trial="t0002", resume_from=state)
    assert [point.update for point in again.curve] == [point.update for point in whole.curve]
    assert again.curve[-1].train_loss == pytest.approx(whole.curve[-1].train_loss, rel=0.02)


@pytest.mark.gpu
def test_a_batch_that_does_not_fit_is_halved_on_a_gpu(workload, model_id, load_tiny, unlimited, monkeypatch):
    """The allocator's own error is recognised, its memory is given back, and the run ends as it should."""
    import automl_tl.finetune.step as module

    original, refused = module.Step._accumulate, []

    def hungry(step, indices, update):
        if step.micro_batch > 6:
            refused.append(step.micro_batch)
            torch.empty(1 << 50, dtype=torch.uint8, device="cuda")
        return original(step, indices, update)

    monkeypatch.setattr(module.Step, "_accumulate", hungry)
    outcome = trained(workload, model_id, load_tiny, unlimited)
    assert refused == [12]
    assert outcome.micro_batch == 6
    assert outcome.stopped == ""


@pytest.mark.gpu
def test_a_share_of_a_gpu_is_a_bound(workload):
    """Beyond it there is an out-of-memory error, which training answers with smaller batches."""
    total = torch.cuda.get_device_properties(0).total_memory
    torch.cuda.set_per_process_memory_fraction(0.1)
    try:
        with pytest.raises(torch.cuda.OutOfMemoryError):
            torch.empty(int(0.2 * total), dtype=torch.uint8, device="cuda")
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0)
