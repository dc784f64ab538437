"""The process of one rank: ``python -m automl_tl.finetune.ranks.process RANK COUNT CONNECTION LIFELINE``.

It is started as a program, not forked or spawned by multiprocessing: whoever starts it may be a thread of a Ray
worker, whose memory holds CUDA, gRPC and a main module that none of this needs.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
from multiprocessing.connection import Connection

from automl_tl.errors import AutomlError
from automl_tl.finetune.fitted import load
from automl_tl.finetune.ranks.follow import follow
from automl_tl.finetune.ranks.group import join_ranks, rank_device
from automl_tl.finetune.ranks.messages import Watcher, Word
from automl_tl.finetune.ranks.task import RankTask
from automl_tl.finetune.straight_run import straight_run
from automl_tl.finetune.trial import run_trial
from automl_tl.finetune.workload import TrialOutcome
from automl_tl.zoo.backbone import LoadedModel
from automl_tl.zoo.card import ModelCard

__all__ = ["main"]

_LOG = logging.getLogger(__name__)


def main(rank: int, count: int, connection: int, lifeline: int) -> None:
    """Do a rank's part of one run; both descriptors are those of pipes to the process that watches."""
    threading.Thread(target=_end_with_the_watcher, args=(lifeline,), daemon=True).start()
    watcher = Watcher(Connection(connection))
    try:
        watcher.tell(Word.DONE, _work(watcher, watcher.ask(Word.READY), rank, count))
    except AutomlError as error:
        watcher.tell(Word.FAILED, error)
    except BaseException as error:
        _LOG.exception("rank %d of %d failed", rank, count)
        watcher.tell(Word.FAILED, type(error).__name__)
    # The others must not take this rank's end for the cause of theirs.
    watcher.wait_for_the_end()


def _work(watcher: Watcher, task: RankTask, rank: int, count: int) -> TrialOutcome | bool | None:
    """Return what the watching process is told: of rank 0 a trial's outcome, or whether a model lies there."""
    device = rank_device(task.workload.device, rank, count)

    def load_model(card: ModelCard) -> LoadedModel:
        return LoadedModel(load(task.start).backbone, weights_digest="")

    ranks = join_ranks(rank, count, device, task.meeting_place)
    if rank:
        follow(task, ranks, load_model=load_model)
        return None
    if task.straight is not None:
        model = straight_run(
            task.workload,
            model=task.model,
            recipe=task.recipe,
            updates=task.straight,
            seed=task.seed,
            remaining=watcher.remaining,
            load_model=load_model,
            ranks=ranks,
        )
        if model is not None:
            model.save(task.fitted)
        return model is not None
    return run_trial(
        task.workload,
        trial=task.trial,
        model=task.model,
        recipe=task.recipe,
        seed=task.seed,
        report=watcher.report,
        remaining=watcher.remaining,
        load_model=load_model,
        resume_from=task.resume_from,
        until=task.until,
        ranks=ranks,
    )


def _end_with_the_watcher(lifeline: int) -> None:
    """End this process, wherever it is, once the other end of the pipe is closed: nobody else would."""
    os.read(lifeline, 1)
    os._exit(1)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
