"""What the final model brought along, against the same network with a linear probe before any fine-tuning."""

from __future__ import annotations

from automl_tl.errors import AutomlError, Cancelled
from automl_tl.fairness.findings import Inherited, StateChange
from automl_tl.fairness.inherited import compare_states
from automl_tl.finetune.fitted import FittedModel
from automl_tl.finetune.trial import fitted_on_probe
from automl_tl.pipeline.bias.bench import AuditBench
from automl_tl.pipeline.bias.counterfactuals import ask_model, untested
from automl_tl.pipeline.bias.sentence_pairs import ask_pairs
from automl_tl.pipeline.steps.search import Searched
from automl_tl.search.model_cache import ModelCache
from automl_tl.search.rung0 import PROBE_STRATEGY
from automl_tl.search.trial import Trial

__all__ = ["AFTER", "BEFORE", "inherited_bias"]

AFTER, BEFORE = "final model", "before fine-tuning"


def inherited_bias(
    bench: AuditBench, searched: Searched, trial: Trial
) -> tuple[tuple[Inherited, ...], tuple[StateChange, ...]]:
    """Return the tests of both states as far as time allows, the final model's first, and what changed."""
    rows = bench.predictions.rows
    after = ask_model(bench, bench.model, AFTER, rows)
    before: tuple[Inherited, ...] = ()
    if after and trial.strategy != PROBE_STRATEGY and trial.model in searched.workload.heads:
        try:
            before = ask_model(bench, _before(searched, trial), BEFORE, rows)
        except Cancelled:
            raise
        except AutomlError as error:
            reason = f"The pretrained model cannot be loaded again: {error.message}."
            before = (untested(after[0].kind, BEFORE, after[0].what, reason),)
    pairs: tuple[Inherited, ...] = ()
    if bench.inherited.stereotype_pairs:
        workload = searched.workload
        pairs = ask_pairs(bench, workload.cards[trial.model], device=workload.device)
    return (*after, *before, *pairs), compare_states(before, after)


def _before(searched: Searched, trial: Trial) -> FittedModel:
    """Return the network before fine-tuning, with a linear probe."""
    head = searched.workload.heads[trial.model]
    return fitted_on_probe(searched.workload, trial.model, head, ModelCache())
