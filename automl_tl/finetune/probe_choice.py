"""Which model's linear probe is the best: few validation rows cannot say, the training rows held out in turn can.

Fitting a head on cached embeddings takes seconds, so every row is worth asking: sixty validation rows have a
standard error of six points, and the best of three probes by them is mostly luck.
"""

from __future__ import annotations

import dataclasses
import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from automl_tl.finetune.clock import share_of
from automl_tl.finetune.cross_validate import PROBE_FOLDS, ProbeAnswers, held_out_probe
from automl_tl.finetune.decision import Decision, paired_gain
from automl_tl.finetune.final_plan import Run
from automl_tl.finetune.metrics import Metric, all_metrics, improves, metrics
from automl_tl.finetune.probe_head import choose_head, solve_head
from automl_tl.finetune.recipe import Recipe, Scalar
from automl_tl.finetune.workload import Workload

__all__ = ["ProbeChoice", "choose_probe", "held_out_in_time", "plain_probes", "probe_decision"]

_ENOUGH_VALIDATION = 400
_OF_A_CHOICE = 2.0
"""A probe's answers to all rows take the choice of C, which is a dozen fits, and a fit for each fold."""
_SHARE = 0.1
"""Of the seconds that are left: the choice of the probe must not cost what comes after it."""


@dataclass(frozen=True)
class ProbeChoice:
    """Linear probes that were compared, best first.

    Attributes
    ----------
    runs
        The probes.
    labels, answers
        Labels (N,) of the rows that all of them were asked about, and each one's answers (N, C).
    groups
        Of these rows (N,); None without groups.
    """

    runs: tuple[Run, ...]
    labels: NDArray[np.int64]
    answers: tuple[NDArray[np.float32], ...]
    groups: NDArray[np.int64] | None = None


def plain_probes(workload: Workload, *, seed: int) -> tuple[Run, ...]:
    """Return a linear probe of every model with a head, its C chosen by cross-validation."""
    return tuple(Run("", model, Recipe("linear_probe"), seed, 0) for model in workload.heads)


def choose_probe(
    workload: Workload,
    runs: Sequence[Run],
    *,
    seed: int,
    remaining: Callable[[], float],
) -> ProbeChoice:
    """Compare linear probes on cached embeddings by the job's metric, on rows that each has not been fitted on.

    The rows are those of the validation part and, where these are fewer than 400, those of the training part in
    five folds, if a tenth of the seconds that are left is enough for two probes. Once that is used up, no further
    probe is asked; one always is.

    Parameters
    ----------
    runs
        At least one probe of the model's own embedding, the most promising first.
    """
    folds = 0 if len(workload.validation) >= _ENOUGH_VALIDATION else PROBE_FOLDS
    limit, clock, began = _SHARE * remaining(), share_of(remaining, _SHARE), time.perf_counter()
    asked = list(runs)
    if folds and not math.isinf(limit):
        first = _affordable(workload, runs[0], limit)
        asked[0], folds = first or runs[0], folds if first else 0
    answers: list[ProbeAnswers] = []
    for run in asked:
        if answers and (time.perf_counter() - began) * (1 + 1 / len(answers)) > limit:
            break
        answers.append(held_out_probe(workload, run, seed=seed, folds=folds, remaining=clock))
    places = _sorted([all_metrics(each.labels, each.answers) for each in answers], metrics.get(workload.metric))
    return ProbeChoice(
        tuple(runs[place] for place in places),
        answers[0].labels,
        tuple(answers[place].answers for place in places),
        answers[0].groups,
    )


def held_out_in_time(
    workload: Workload,
    run: Run,
    *,
    seed: int,
    remaining: Callable[[], float],
) -> ProbeAnswers | None:
    """Return what a linear probe says of all rows, held out in turn; None without time.

    It is foretold as in :func:`choose_probe`: a tenth of the seconds that are left must be enough for two probes.
    """
    known = run if math.isinf(remaining()) else _affordable(workload, run, _SHARE * remaining())
    return None if known is None else held_out_probe(workload, known, seed=seed)


def probe_decision(metric: Metric, choice: ProbeChoice, first: Run, *, seed: int) -> Decision:
    """Return the choice as a decision: kept if the best is not ``first``, that of validation alone."""
    best, rows = choice.runs[0], len(choice.labels)
    before = choice.answers[choice.runs.index(first)]
    reason = f"of {len(choice.runs)} linear probes it is the best on {rows} rows held out in turn"
    if best == first:
        reason = f"validation's best of {len(choice.runs)} is also the best on {rows} rows held out in turn"
    gain = paired_gain(metric, choice.labels, before, choice.answers[0], seed=seed, groups=choice.groups)
    settings: dict[str, Scalar] = {"models": len(choice.runs), "model": best.model}
    return Decision("probe", best != first, reason, (gain,), "cross-validation", settings)


def _affordable(workload: Workload, run: Run, limit: float) -> Run | None:
    """Return the run with its C chosen; None if the folds of two probes would take longer than ``limit`` seconds.

    That is known as soon as choosing takes longer than its part of them, so it goes on no longer.
    """
    began, own = time.perf_counter(), run.recipe.inverse_regularisation
    if own:
        solve_head(workload, run.model, inverse_regularisation=own, seed=run.seed)
        return run if 2 * (PROBE_FOLDS + 1) * (time.perf_counter() - began) <= limit else None
    part = limit / (2 * _OF_A_CHOICE)

    def left() -> float:
        return part - (time.perf_counter() - began)

    _, chosen = choose_head(workload, run.model, seed=run.seed, remaining=left)
    recipe = dataclasses.replace(run.recipe, inverse_regularisation=chosen)
    return dataclasses.replace(run, recipe=recipe) if left() >= 0 else None


def _sorted(figures: Sequence[Mapping[str, float]], metric: Metric) -> list[int]:
    """Return places, the best first; of equal ones the earlier."""
    order: list[int] = []
    for place, found in enumerate(figures):
        better = (n for n, other in enumerate(order) if improves(metric, found, figures[other]))
        order.insert(next(better, len(order)), place)
    return order
