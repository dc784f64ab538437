"""What search is told before it begins: where every model stands, what fits into memory, what may be spent."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence

from automl_tl.finetune.contest import folds_wanted
from automl_tl.finetune.refit import RECALLED_ROWS
from automl_tl.finetune.workload import Workload
from automl_tl.pipeline.context import JobContext
from automl_tl.pipeline.costs import trial_size
from automl_tl.pipeline.spec import Stage
from automl_tl.probe.cost import ModelCost, TrialSize
from automl_tl.probe.embeddings import Embeddings
from automl_tl.probe.precision import FLOAT32
from automl_tl.search.avoidance import MemoryLimit
from automl_tl.search.budget import StopReason
from automl_tl.search.closing import Closing, Kept
from automl_tl.search.space import SearchSpace
from automl_tl.search.standing import Standing
from automl_tl.transferability.base import RankedModel

__all__ = [
    "closing_of",
    "memory_limit",
    "most_training_bytes",
    "row_seconds",
    "sizes_of",
    "standings_of",
]

_COPIES_OF_WEIGHTS = 4
"""Weights, gradients and AdamW's two moments."""
_GAIN_OF_BFLOAT16 = 3.3
"""The most that was measured on a CPU with matrix tiles, see :mod:`automl_tl.probe.precision`."""
_LOOKS = 10
"""How often the steps towards the final model look at the validation part."""
_MARGIN = 0.9
"""Share of the available memory that predictions may fill: they are no measurements."""


def sizes_of(workload: Workload, space: SearchSpace) -> dict[str, TrialSize]:
    """Return what a first trial of each model computes, by model id."""
    return {
        model: trial_size(
            space,
            card,
            train=len(workload.train),
            validation=len(workload.validation),
            classes=len(workload.class_names),
        )
        for model, card in workload.cards.items()
    }


def standings_of(rows: Sequence[RankedModel], sizes: Mapping[str, TrialSize]) -> dict[str, Standing]:
    """Return what ranking and probing say of the models that search starts from."""
    return {row.model: Standing(row.probability_best, row.contender, _pace(row, sizes)) for row in rows}


def memory_limit(
    costs: Mapping[str, ModelCost], sizes: Mapping[str, TrialSize], *, available: float
) -> MemoryLimit:
    """Return which batches can be expected to fit into so many bytes, as far as probing measured it."""
    known = {
        model: cost
        for model, cost in costs.items()
        if model in sizes and math.isfinite(cost.training_bytes) and math.isfinite(cost.weight_bytes)
    }
    fixed = {model: _COPIES_OF_WEIGHTS * cost.weight_bytes for model, cost in known.items()}
    return MemoryLimit(
        _MARGIN * available,
        fixed,
        {
            model: max(cost.training_bytes - fixed[model], 0.0) / sizes[model].batch_size
            for model, cost in known.items()
        },
    )


def most_training_bytes(costs: Mapping[str, ModelCost], models: Collection[str]) -> float:
    """Return what the largest of these models takes in training; NaN if it was not measured of all of them."""
    known = [costs[model].training_bytes if model in costs else math.nan for model in models]
    return math.nan if not known or any(map(math.isnan, known)) else max(known)


def row_seconds(embeddings: Iterable[Embeddings]) -> float:
    """Return what the slowest of these models takes for one row in float32, as probing foretells; 0 if unknown."""
    return max((_float32_seconds(each) / len(each.rows) for each in embeddings), default=0.0)


def closing_of(
    job: JobContext,
    workload: Workload,
    embeddings: Iterable[Embeddings],
    kept: Mapping[StopReason, Kept] | None = None,
) -> Closing | None:
    """Return what must follow the search before fitting ends, None where that is not limited or not wanted.

    ``kept`` is what limits on device time keep for it.
    """
    end = job.deadlines.refit
    if (end.at is None and not kept) or job.spec.stop_after is Stage.SEARCH:
        return None
    return Closing(
        end,
        fixed=(_LOOKS * len(workload.validation) + 3 * RECALLED_ROWS) * row_seconds(embeddings),
        folds=folds_wanted(len(workload.validation)),
        whole=end.remaining(),
        kept=kept or {},
    )


def _float32_seconds(probed: Embeddings) -> float:
    """Return what the probe would have taken in float32, in which fitted models answer."""
    return probed.seconds * (1.0 if probed.precision == FLOAT32 else _GAIN_OF_BFLOAT16)


def _pace(row: RankedModel, sizes: Mapping[str, TrialSize]) -> float:
    size = sizes.get(row.model)
    if row.cost is None or size is None:
        return math.nan
    return row.cost.trial_seconds / (size.updates * size.batch_size)
