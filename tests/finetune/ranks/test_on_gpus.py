"""Several GPUs, where there are some: with NCCL what gloo and processors show elsewhere."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch

from automl_tl.finetune.recipe import Recipe
from automl_tl.finetune.trial import run_trial

RECIPE = Recipe(
    "full_finetune", updates=9, batch_size=8, learning_rate=0.02, optimiser="sgd", batch_norm="trained"
)


@pytest.mark.gpu
@pytest.mark.skipif(torch.cuda.device_count() < 2, reason="needs two CUDA devices")
def test_two_gpus_train_what_one_does(workload, model_id, load_tiny):
    """Losses agree as far as two orders of summation in bfloat16 can."""
    curves = []
    for devices in (1, 2):
        outcome = run_trial(
            replace(
                workload, device="cuda", devices=devices, checkpoint_root=workload.checkpoint_root / str(devices)
            ),
            trial="t0001",
            model=model_id,
            recipe=RECIPE,
            seed=0,
            report=lambda point: True,
            remaining=lambda: math.inf,
            load_model=load_tiny,
        )
        curves.append([point.train_loss for point in outcome.curve])
    assert curves[1] == pytest.approx(curves[0], rel=0.05)


@pytest.mark.gpu
def test_one_rank_on_one_gpu_speaks_nccl(workload, model_id, load_tiny):
    """All of the way but the other devices: process, NCCL group, exchanges, gradients."""
    from automl_tl.finetune.ranks.supervisor import run_on_ranks
    from automl_tl.finetune.ranks.task import RankTask

    task = RankTask(replace(workload, device="cuda"), "t0001", model_id, RECIPE, 0)
    outcome = run_on_ranks(task, report=lambda point: True, remaining=lambda: math.inf, load_model=load_tiny)
    assert outcome.curve[-1].fraction == 1.0
