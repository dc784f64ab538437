"""What a run borrows from torch it gives back."""

from __future__ import annotations

import pytest
import torch

from automl_tl.finetune.device import autocast, borrowed_torch, choose_device, is_out_of_memory


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
