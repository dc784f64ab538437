"""Where an interrupted trial goes on, and where its checkpoint is: on this disk, or where it was published."""

from __future__ import annotations

from pathlib import Path

from automl_tl.errors import DataCorrupted, NotFound
from automl_tl.finetune.trial_files import note_file, note_published, published_of, state_file
from automl_tl.finetune.workload import Workload
from automl_tl.search.trial import Trial

__all__ = ["checkpoint_of", "has_checkpoint", "recall", "state_of"]


def state_of(workload: Workload, trial: Trial) -> Path | None:
    """Return where the training state that the trial left at its last rung lies, None where there is none.

    Of a trial that ran on a machine with a disk of its own that is where it would lie here; whoever goes on with
    it fetches it to its own disk.
    """
    path = state_file(workload.checkpoint_root, trial.id)
    if path.is_file():
        return path
    published = published_of(workload.checkpoint_root, trial.id)
    return path if published is not None and published.state is not None else None


def has_checkpoint(workload: Workload, trial: Trial) -> bool:
    """Return whether the trial's checkpoint lies on this disk or where the trial published it."""
    if trial.checkpoint and Path(trial.checkpoint).is_dir():
        return True
    if workload.elsewhere is None:
        return False
    published = published_of(workload.checkpoint_root, trial.id)
    return published is not None and published.checkpoint is not None


def checkpoint_of(workload: Workload, trial: Trial, *, wait: bool = True) -> Path | None:
    """Return the directory with the trial's best checkpoint, fetched if it is not here; None if it is gone.

    Parameters
    ----------
    wait
        Whether to wait for a store that is away.

    Raises
    ------
    Unavailable
        If it lies where nobody answers.
    """
    if not trial.checkpoint:
        return None
    own = Path(trial.checkpoint)
    if workload.elsewhere is None or _newest_here(workload, trial):
        return own if own.is_dir() else None
    try:
        return workload.elsewhere.fetch_checkpoint(trial.id, workload.checkpoint_root, wait=wait)
    except (NotFound, DataCorrupted):
        return None


def recall(workload: Workload) -> None:
    """Note what trials have published: a driver that begins on another machine knows nothing of them."""
    for published in workload.elsewhere.all_published() if workload.elsewhere else ():
        note_published(workload.checkpoint_root, published)


def _newest_here(workload: Workload, trial: Trial) -> bool:
    """Return whether the trial wrote its checkpoint on this disk, after whatever it has published."""
    root = workload.checkpoint_root
    if published_of(root, trial.id) is None:
        return True
    own = root / trial.id
    return own.is_dir() and own.stat().st_mtime > note_file(root, trial.id).stat().st_mtime
