"""A state on disk is one file, read back exactly, and refused in words when it is not what it should be."""

from __future__ import annotations

import json
import math

import pytest
import torch
from safetensors.torch import save_file

from automl_tl.errors import DataCorrupted, FailedPrecondition, NotFound
from automl_tl.finetune.loop_state import LoopState
from automl_tl.finetune.recipe import Recipe
from automl_tl.finetune.training_state import TrainingState, read_state, state_file, write_state
from automl_tl.finetune.workload import CurvePoint

CURVE = (CurvePoint(0, 0.0, 0.25, math.nan, {"accuracy": 1 / 3}), CurvePoint(4, 1 / 9, 1.5, 0.1 + 0.2, {}))
TENSORS = {"weights.a": torch.randn(3, 2), "optimiser.0.0.step": torch.tensor(4.0), "count": torch.tensor([7])}
STATE = TrainingState("t1", "local:m", Recipe("lora", rank=4), 11, CURVE, LoopState(4, 8, (0.5, 0.1), TENSORS))


@pytest.fixture
def path(tmp_path):
    return state_file(tmp_path / "trials", "t1")


def test_what_was_written_is_read(path):
    write_state(STATE, path)
    found = read_state(path)
    assert (found.trial, found.model, found.recipe, found.seed) == ("t1", "local:m", STATE.recipe, 11)
    assert (found.loop.update, found.loop.micro_batch, found.loop.losses) == (4, 8, (0.5, 0.1))
    assert found.curve[1] == CURVE[1]
    assert math.isnan(found.curve[0].train_loss)
    assert found.loop.tensors.keys() == TENSORS.keys()
    assert all(torch.equal(value, TENSORS[name]) for name, value in found.loop.tensors.items())


def test_a_second_state_replaces_the_first_and_nothing_else_lies_there(path):
    write_state(STATE, path)
    write_state(STATE, path)
    assert list(path.parent.iterdir()) == [path]


def test_a_file_that_is_none_is_refused(path):
    with pytest.raises(NotFound, match=r"no training state 't1\.state\.safetensors'"):
        read_state(path)
    path.parent.mkdir()
    path.write_bytes(b"nonsense")
    with pytest.raises(DataCorrupted, match="is no training state"):
        read_state(path)
    save_file({"a": torch.zeros(1)}, str(path))
    with pytest.raises(DataCorrupted, match="is no training state"):
        read_state(path)


def test_another_version_is_refused(path):
    path.parent.mkdir()
    save_file({"a": torch.zeros(1)}, str(path), metadata={"automl_tl": json.dumps({"format_version": 99})})
    with pytest.raises(FailedPrecondition, match="format_version 99"):
        read_state(path)


def test_a_recipe_that_breaks_a_rule_is_refused(path):
    write_state(STATE, path)
    object.__setattr__(STATE.recipe, "rank", -1)
    try:
        write_state(STATE, path)
    finally:
        object.__setattr__(STATE.recipe, "rank", 4)
    with pytest.raises(DataCorrupted, match="rank must be"):
        read_state(path)
