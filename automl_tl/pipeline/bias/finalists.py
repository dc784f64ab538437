"""The leaderboard's bias column: the best trials of each model, audited on the validation part.

The test part is used for the final model only, so figures of this column are for comparing and not for claims.
"""

from __future__ import annotations

import numpy as np

from automl_tl.errors import AutomlError, Cancelled, DeadlineReached
from automl_tl.fairness.audit import audit
from automl_tl.fairness.findings import BiasCell
from automl_tl.fairness.inherited import bias_column
from automl_tl.finetune.fitted import load
from automl_tl.finetune.metrics import metrics
from automl_tl.pipeline.bias.bench import AuditBench
from automl_tl.pipeline.steps.search import Searched
from automl_tl.search.resume import checkpoint_of, has_checkpoint
from automl_tl.search.trial import Trial

__all__ = ["audit_finalists"]

_MOST = 3


def audit_finalists(bench: AuditBench, searched: Searched) -> tuple[BiasCell, ...]:
    """Return a cell for the best trial of each model, best first.

    Models without a checkpoint on this machine are left out, and so are those for which no time is left.
    """
    target = bench.target
    if not target.sensitive:
        return ()
    rows = target.split.validation
    groups = {name: [values[int(row)] for row in rows] for name, values in target.sensitive.items()}
    reports = {}
    for trial in _best_of_each(searched):
        try:
            checkpoint = checkpoint_of(searched.workload, trial)
            if checkpoint is None:
                continue
            model = load(checkpoint)
            chances = bench.timed(model)(bench.inputs(rows))
        except DeadlineReached:
            break
        except Cancelled:
            raise
        except AutomlError:
            continue
        name = f"{trial.model}, {trial.strategy}"
        reports[name] = audit(
            target.labels[rows], np.asarray(chances.argmax(axis=1)), groups, class_names=target.class_names
        )
    return bias_column(reports)


def _best_of_each(searched: Searched) -> list[Trial]:
    metric = metrics.get(searched.workload.metric)
    usable = [
        trial for trial in searched.result.trials if trial.checkpoint and has_checkpoint(searched.workload, trial)
    ]
    usable.sort(key=lambda trial: metric.signed(trial.value), reverse=True)
    best: dict[str, Trial] = {}
    for trial in usable:
        best.setdefault(trial.model, trial)
    return list(best.values())[:_MOST]
