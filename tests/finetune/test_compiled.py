"""A backbone computes compiled inside the block only, and nowhere once compiling fails."""

from __future__ import annotations

from functools import partial

import pytest
import torch
from torch import nn

from automl_tl.finetune.compiled import Compiled


class Doubling(nn.Module):
    def forward(self, batch: torch.Tensor) -> torch.Tensor:
        return 2 * batch


@pytest.fixture
def compiles(monkeypatch):
    """Let compiling be replaced by a function that adds one, to be seen."""
    monkeypatch.setattr(torch, "compile", lambda forward: lambda batch: forward(batch) + 1)


def test_only_the_block_computes_compiled(compiles):
    backbone = Doubling()
    compiled = Compiled(backbone, wanted=True)
    with compiled.passes():
        assert backbone(torch.tensor(3)) == 7
    assert backbone(torch.tensor(3)) == 6
    assert "forward" not in vars(backbone)


def test_nobody_who_did_not_ask_waits_for_a_compiler(monkeypatch):
    monkeypatch.setattr(torch, "compile", lambda forward: pytest.fail("nobody asked for it"))
    backbone = Doubling()
    compiled = Compiled(backbone, wanted=False)
    with compiled.passes():
        assert backbone(torch.tensor(3)) == 6
    assert not compiled.give_up(RuntimeError("of somebody else"))


def test_a_failure_leaves_the_network_as_it_is_and_says_why(compiles, caplog):
    backbone = Doubling()
    compiled = Compiled(backbone, wanted=True)
    with pytest.raises(RuntimeError), compiled.passes():
        raise RuntimeError("no compiler found\nand a page of hints")
    assert compiled.give_up(RuntimeError("no compiler found\nand a page of hints"))
    assert "turned off for this run: RuntimeError: no compiler found" in caplog.text
    with compiled.passes():
        assert backbone(torch.tensor(3)) == 6
    assert not compiled.give_up(RuntimeError("again"))


def test_what_is_traced_gives_the_same_numbers_and_gradients(monkeypatch):
    """Traced for real, but computed by torch itself: generating code takes half a minute."""
    monkeypatch.setattr(torch, "compile", partial(torch.compile, backend="eager"))
    torch.manual_seed(0)
    network = nn.Sequential(nn.Linear(4, 8), nn.GELU(), nn.Linear(8, 2))
    batch = torch.randn(5, 4)
    with Compiled(network, wanted=True).passes():
        found = network(batch)
        found.sum().backward()
    torch.testing.assert_close(found, network(batch))
    assert network[0].weight.grad is not None
