"""The leaderboard's bias column: the best trial of each of the leading models, audited on the validation part.

Three models at most, each by its best trial: other trials have no cell. Tests of associations, which rest on
embeddings alone, are made of the final model only.
The test part is used for the final model only, so figures of this column are for comparing and not for claims.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress

import numpy as np
from numpy.typing import NDArray

from automl_tl.data.units import rows_of_units
from automl_tl.errors import AutomlError, Cancelled, DeadlineReached
from automl_tl.fairness.base import FairnessReport
from automl_tl.fairness.findings import BiasCell, Inherited
from automl_tl.fairness.inherited import bias_column
from automl_tl.finetune.fitted import FittedModel, load
from automl_tl.finetune.metrics import metrics
from automl_tl.pipeline.bias.bench import AuditBench
from automl_tl.pipeline.bias.by_group import audit_predictions
from automl_tl.pipeline.bias.counterfactuals import NO_TIME, ask_model
from automl_tl.pipeline.steps.search import Searched
from automl_tl.search.resume import checkpoint_of, has_checkpoint
from automl_tl.search.trial import Trial

__all__ = ["audit_finalists"]

_MOST = 3


def audit_finalists(bench: AuditBench, searched: Searched) -> tuple[tuple[BiasCell, ...], bool]:
    """Return a cell for the best trial of each leading model, best first, and whether there was time for all.

    Of rows that belong together one counts. All are compared by group before any is asked what it inherited.
    Models without a checkpoint on this machine are left out, and so are those for which no time is left.
    """
    rows = rows_of_units(bench.target, bench.target.split.validation, seed=bench.seed)
    reports: dict[str, FairnessReport] = {}
    inherited: dict[str, tuple[Inherited, ...]] = {}
    trials: dict[str, str] = {}
    whole = False
    with suppress(DeadlineReached):
        for trial, model in _opened(searched):
            bench.check_time()
            with _left_out_if_it_fails():
                reports[_name(trial)], trials[_name(trial)] = _compared(bench, model, rows), trial.id
        for trial, model in _opened(searched):
            if _name(trial) in reports:
                with _left_out_if_it_fails():
                    inherited[_name(trial)] = ask_model(bench, model, _name(trial), rows, associations=False)
        whole = not any(test.summary.startswith(NO_TIME) for tests in inherited.values() for test in tests)
    return bias_column(reports, inherited, trials), whole


def _compared(bench: AuditBench, model: FittedModel, rows: NDArray[np.int64]) -> FairnessReport:
    """Return the comparison of groups; without sensitive columns nothing needs to be predicted."""
    target = bench.target
    if not target.sensitive:
        return FairnessReport((), (), 0)
    answered = bench.answer(model, rows)
    return audit_predictions(
        answered,
        target.sensitive,
        target.class_names,
        favourable=bench.favourable,
        veiled=bench.veiled,
        seed=bench.seed,
    )


def _opened(searched: Searched) -> Iterator[tuple[Trial, FittedModel]]:
    """Yield the best trial of each model with its checkpoint, one at a time, as they may be large."""
    for trial in _best_of_each(searched):
        model = None
        with _left_out_if_it_fails():
            checkpoint = checkpoint_of(searched.workload, trial)
            model = None if checkpoint is None else load(checkpoint)
        if model is not None:
            yield trial, model


@contextmanager
def _left_out_if_it_fails() -> Iterator[None]:
    try:
        yield
    except (Cancelled, DeadlineReached):
        raise
    except AutomlError:
        return


def _name(trial: Trial) -> str:
    return f"{trial.model}, {trial.strategy}"


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
