"""Makes a run on several ranks and watches them: whatever becomes of one, all end and none stays behind."""

from __future__ import annotations

import copy
import math
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any

from automl_tl.errors import AutomlError, TrialFailed
from automl_tl.finetune.classifier import Classifier
from automl_tl.finetune.fitted import FittedModel, load
from automl_tl.finetune.ranks.messages import Word
from automl_tl.finetune.ranks.processes import RankProcess, RankProcesses
from automl_tl.finetune.ranks.task import RankTask
from automl_tl.finetune.start import LoadModel
from automl_tl.finetune.workload import CurvePoint, TrialOutcome

__all__ = ["run_on_ranks", "train_on_ranks"]

_LOOK_SECONDS = 0.5
_GRACE_SECONDS = 60.0
"""How long ranks may take for their last look after their time was up; a cancelled trial takes none."""
_CANCEL_SECONDS = 15.0
_CAUSE_SECONDS = 5.0
"""How long the cause of a failure is looked for: the death of one rank makes others fail."""


def run_on_ranks(
    task: RankTask,
    *,
    report: Callable[[CurvePoint], bool],
    remaining: Callable[[], float],
    load_model: LoadModel,
) -> TrialOutcome:
    """Run the trial with a process for each of ``task.workload.devices``; none is left when this returns.

    This process computes nothing and holds no device: it answers the ranks and sees when one of them is gone.

    Raises
    ------
    TrialFailed
        If a rank fails or dies, or does not end when its time is up.
    NotFound, DataCorrupted, FailedPrecondition
        As :func:`automl_tl.finetune.trial.run_trial` does.
    """
    with _begun(task, load_model) as (begun, ranks):
        found: TrialOutcome = _Watch(begun, ranks, report, remaining).outcome()
        return found


def train_on_ranks(task: RankTask, *, remaining: Callable[[], float], load_model: LoadModel) -> FittedModel | None:
    """Make a straight run as :func:`run_on_ranks` makes a trial; return its model, or None without enough time.

    Raises
    ------
    TrialFailed
        As :func:`automl_tl.finetune.straight_run.straight_run` does; if a rank dies, or does not end in time.
    """
    with _begun(task, load_model) as (begun, ranks):
        trained = _Watch(begun, ranks, lambda point: True, remaining).outcome()
        return load(begun.fitted) if trained else None


@contextmanager
def _begun(task: RankTask, load_model: LoadModel) -> Iterator[tuple[RankTask, list[RankProcess]]]:
    count = task.workload.devices
    with tempfile.TemporaryDirectory(prefix="automl-tl-ranks-") as folder, RankProcesses(count) as processes:
        task = replace(task, folder=Path(folder))
        _write_start(task, load_model)
        yield task, processes.ranks


def _write_start(task: RankTask, load_model: LoadModel) -> None:
    """Leave the pretrained model where ranks look for it: not all sources can be asked from another process."""
    workload, model = task.workload, task.model
    classifier = Classifier(copy.deepcopy(load_model(workload.cards[model]).backbone), workload.heads[model])
    FittedModel.of(classifier, workload.class_names, task=workload.task).save(task.start)


class _Watch:
    """Answers what ranks ask until rank 0 is done."""

    def __init__(
        self,
        task: RankTask,
        ranks: list[RankProcess],
        report: Callable[[CurvePoint], bool],
        remaining: Callable[[], float],
    ) -> None:
        self._task = task
        self._ranks = list(ranks)
        self._report = report
        self._remaining = remaining
        self._late_since = math.inf

    def outcome(self) -> Any:
        """Return what rank 0 brought; raises as :func:`run_on_ranks` says."""
        by_connection = {each.connection: each for each in self._ranks}
        while True:
            for connection in wait(list(by_connection), timeout=_LOOK_SECONDS):
                rank = by_connection[connection]  # type: ignore[index]
                try:
                    word, value = rank.connection.recv()
                    if word is Word.DONE and rank.rank == 0:
                        return value
                    self._answer(rank, word, value)
                except (EOFError, OSError) as error:
                    raise self._died(rank) from error
            self._check_time()

    def _answer(self, rank: RankProcess, word: Word, value: Any) -> None:
        if word is Word.READY:
            rank.connection.send(self._task.for_rank(rank.rank))
        elif word is Word.REMAINING:
            rank.connection.send(self._remaining())
        elif word is Word.REPORT:
            rank.connection.send(self._report(value))
        elif word is Word.FAILED:
            raise self._failed(rank, value)

    def _failed(self, rank: RankProcess, reason: AutomlError | str) -> AutomlError:
        """Return the error that ends the trial: of a rank that died, if one did, since others fail of that."""
        if isinstance(reason, AutomlError):
            return reason
        until = time.monotonic() + _CAUSE_SECONDS
        while time.monotonic() < until:
            dead = next((each for each in self._ranks if not each.alive), None)
            if dead is not None:
                return self._died(dead)
            time.sleep(0.05)
        return TrialFailed(
            f"{self._name(rank)} failed with an unexpected {reason}; see the worker's log", field="compute"
        )

    def _died(self, rank: RankProcess) -> TrialFailed:
        return TrialFailed(
            f"{self._name(rank)} {rank.cause_of_death()}; it may have run out of this machine's memory: see the "
            "worker's log, or ask for fewer GPUs for a trial",
            field="compute.gpus_per_trial",
        )

    def _check_time(self) -> None:
        left = self._remaining()
        if left > 0:
            self._late_since = math.inf
            return
        now = time.monotonic()
        self._late_since = min(self._late_since, now)
        if now - self._late_since > (_CANCEL_SECONDS if left == -math.inf else _GRACE_SECONDS):
            raise TrialFailed("the ranks did not end when their time was up, and were ended", field="budget")

    def _name(self, rank: RankProcess) -> str:
        return f"rank {rank.rank} of the trial's {len(self._ranks)} processes (process {rank.process.pid})"
