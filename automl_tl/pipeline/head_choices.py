"""The heads that trials start from: solved within a part of the time for search, and the same after a crash.

A clock alone would give a resumed job other heads than its trials started from, so what it decided is stored with
the job before the first trial, and in recipe.yaml where it holds for all rows.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping

from automl_tl.errors import NotFound
from automl_tl.finetune.clock import share_of
from automl_tl.finetune.probe_head import settle_head, settled_head
from automl_tl.finetune.workload import HeadChoice, LinearHead, Workload
from automl_tl.json_codec import from_plain, to_plain
from automl_tl.pipeline.context import JobContext
from automl_tl.pipeline.events import CHECKPOINT_KIND
from automl_tl.pipeline.ports import ArtifactFile
from automl_tl.pipeline.spec import Stage

__all__ = ["solve_heads"]

_FILE = "head_choices.json"
_SHARE = 0.5
"""Of the seconds until search must end; the rest is for trials."""


def solve_heads(job: JobContext, workload: Workload) -> tuple[dict[str, LinearHead], dict[str, HeadChoice]]:
    """Return the head of each of the workload's models, and how it was solved.

    What an earlier lease decided holds. Otherwise C is chosen as long as time allows, the models one after the
    other with equal parts of it, and the choices are stored.
    """
    known, seed, models = _known(job), job.spec.seed, tuple(workload.cards)
    heads: dict[str, LinearHead] = {}
    choices: dict[str, HeadChoice] = {}
    clock = share_of(lambda: _remaining(job), _SHARE)
    for number, model in enumerate(models):
        job.check()
        job.journal.progress(0.05 * number / len(models), f"linear probe on {model}")
        if model in known:
            choices[model] = known[model]
            heads[model] = settled_head(workload, model, known[model], seed=seed)
        else:
            own = share_of(clock, 1 / (len(models) - number))
            heads[model], choices[model] = settle_head(workload, model, seed=seed, remaining=own)
    if choices != known:
        _store(job, choices)
    return heads, choices


def _remaining(job: JobContext) -> float:
    """Return the seconds left for search; none once somebody asked the job to stop."""
    return -math.inf if job.journal.cancelled() else job.deadlines.search.remaining()


def _known(job: JobContext) -> dict[str, HeadChoice]:
    try:
        path = job.journal.fetch(_FILE, job.directory(Stage.SEARCH) / _FILE)
    except NotFound:
        return {}
    plain = json.loads(path.read_text(encoding="utf-8"))
    return {model: from_plain(HeadChoice, each) for model, each in plain.items()}


def _store(job: JobContext, choices: Mapping[str, HeadChoice]) -> None:
    path = job.directory(Stage.SEARCH) / _FILE
    path.write_text(json.dumps(to_plain(dict(choices)), indent=2), encoding="utf-8")
    job.journal.offer(Stage.SEARCH, ArtifactFile(_FILE, CHECKPOINT_KIND, "application/json", path))
