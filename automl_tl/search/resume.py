"""Where a trial that was interrupted goes on."""

from __future__ import annotations

from pathlib import Path

from automl_tl.finetune.workload import Workload
from automl_tl.search.trial import Trial

__all__ = ["state_of"]


def state_of(workload: Workload, trial: Trial) -> Path | None:
    """Return the training state that the trial left at its last rung, None where there is none on this disk."""
    from automl_tl.finetune.training_state import state_file

    path = state_file(workload.checkpoint_root, trial.id)
    return path if path.is_file() else None
