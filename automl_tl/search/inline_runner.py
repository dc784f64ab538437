"""Runs trials one after another in this process: for tests, and for jobs too small to start Ray for."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

from automl_tl.finetune.workload import CurvePoint, Workload
from automl_tl.search.budget import Deadline
from automl_tl.search.execute import execute
from automl_tl.search.lifecycle import begin
from automl_tl.search.machine_memory import free_bytes
from automl_tl.search.model_cache import ModelCache
from automl_tl.search.runner import LoadModel, Resources, TrialEvents, TrialFunction, TrialSource
from automl_tl.search.trial import Trial

__all__ = ["InlineRunner", "real_trial_function"]


def real_trial_function() -> TrialFunction:
    """Return the function that really fine-tunes; imports torch."""
    from automl_tl.finetune.trial import run_trial

    return run_trial


def _has_gpu() -> bool:
    import torch

    return torch.cuda.is_available()


def _gpu_bytes() -> float:
    import torch

    return float(torch.cuda.get_device_properties(0).total_memory)


def _finite(seconds: float) -> float | None:
    return None if math.isinf(seconds) else seconds


class InlineRunner:
    """Implements :class:`~automl_tl.search.runner.TrialRunner` without any other process.

    Parameters
    ----------
    trial_function
        What a trial does; None means real fine-tuning.
    load_model
        Where models come from; None means each card's own source, kept in memory.
    """

    def __init__(self, trial_function: TrialFunction | None = None, load_model: LoadModel | None = None) -> None:
        self._trial_function = trial_function
        self._load_model = load_model or ModelCache()

    @property
    def resources(self) -> Resources:
        """One processor and, where there is one, the GPU."""
        return Resources(cpus=1.0, gpus=float(_has_gpu()), concurrent=1)

    @property
    def trial_bytes(self) -> float:
        """All of that GPU, or what this machine has free."""
        return _gpu_bytes() if _has_gpu() else free_bytes()

    def run(
        self,
        workload: Workload,
        source: TrialSource,
        events: TrialEvents,
        *,
        deadline: Deadline,
        cancelled: Callable[[], bool],
    ) -> None:
        """Run trials until the source is empty, the deadline passes or ``cancelled`` says so."""
        function = self._trial_function or real_trial_function()

        def remaining() -> float:
            return -math.inf if cancelled() else deadline.remaining()

        def on_point(trial: Trial, point: CurvePoint) -> bool:
            events.reported(trial, point)
            return source.keeps(trial, point)

        while remaining() > 0:
            trial = source.next()
            if trial is None:
                return
            events.started(begin(trial))
            ends = Deadline.after(_finite(source.allowance(trial)), clock=deadline.clock)

            def left(ends: Deadline = ends) -> float:
                return min(remaining(), ends.remaining())

            ended = execute(workload, trial, function, self._load_model, remaining=left, on_point=on_point)
            if cancelled() and ended.error == "deadline":
                ended = replace(ended, error="cancelled")
            events.ended(ended)
            source.finished(ended)
