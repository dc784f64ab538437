"""What the final model brought along, against the same network with a linear probe before any fine-tuning."""

from __future__ import annotations

import numpy as np

from automl_tl.errors import AutomlError, Cancelled, DeadlineReached
from automl_tl.fairness.findings import Inherited, StateChange
from automl_tl.fairness.inherited import association_tests, compare_states, photometric_changes, term_swap
from automl_tl.finetune.fitted import FittedModel
from automl_tl.finetune.trial import fitted_on_probe
from automl_tl.pipeline.bias.bench import AuditBench
from automl_tl.pipeline.steps.search import Searched
from automl_tl.search.model_cache import ModelCache
from automl_tl.search.rung0 import PROBE_STRATEGY
from automl_tl.search.trial import Trial

__all__ = ["AFTER", "BEFORE", "inherited_bias"]

AFTER, BEFORE = "final model", "before fine-tuning"
_PICTURES = 40
_TERM_SETS = ("identity", "names", "pronouns")


def inherited_bias(
    bench: AuditBench, searched: Searched, trial: Trial
) -> tuple[tuple[Inherited, ...], tuple[StateChange, ...]]:
    """Return the tests of both states as far as time allows, the final model's first, and what changed."""
    after = _tests(bench, bench.model, AFTER)
    if not after or trial.strategy == PROBE_STRATEGY or trial.model not in searched.workload.heads:
        return tuple(after), ()
    try:
        bench.check_time()
        head = searched.workload.heads[trial.model]
        frozen = fitted_on_probe(searched.workload, trial.model, head, ModelCache())
    except Cancelled:
        raise
    except AutomlError:
        return tuple(after), ()
    before = _tests(bench, frozen, BEFORE)
    return (*after, *before), compare_states(before, after)


def _tests(bench: AuditBench, model: FittedModel, state: str) -> list[Inherited]:
    found: list[Inherited] = []
    predict, names = bench.timed(model), model.class_names
    try:
        if model.modality == "text":
            for terms in _TERM_SETS:
                found.append(
                    term_swap(
                        predict, names, terms=terms, favourable=bench.favourable, model=state, seed=bench.seed
                    )
                )
            bench.check_time()
            found.append(association_tests(model.embed, model=state, seed=bench.seed))
        elif model.modality == "image":
            pictures = [np.asarray(image) for image in bench.inputs(bench.predictions.rows[:_PICTURES])]
            found.append(photometric_changes(predict, pictures, model=state))
    except DeadlineReached:
        pass
    return found
