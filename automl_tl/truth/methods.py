"""Ways of ordering candidates for one task: ours, every score alone, and what needs no look at the target."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from automl_tl.probe.cache import EmbeddingCache
from automl_tl.probe.extract import embed
from automl_tl.transferability.base import ProbeSample, Ranking, scorers
from automl_tl.transferability.compute import score_sheet
from automl_tl.transferability.experience import PastResult, experience_evidence
from automl_tl.transferability.rank import rank
from automl_tl.truth.table import TruthTable
from automl_tl.truth.task import TruthTask
from automl_tl.zoo.backbone import LoadedModel
from automl_tl.zoo.card import ModelCard

__all__ = ["OURS", "PROBE_ONLY", "STATIC", "experience_without", "method_values", "probe_samples", "ranking_of"]

OURS = "our ranking"
PROBE_ONLY = "our ranking, target only"
STATIC = "static"


def probe_samples(
    task: TruthTask,
    cards: Sequence[ModelCard],
    load_model: Callable[[ModelCard], LoadedModel],
    cache: EmbeddingCache | None = None,
) -> dict[str, ProbeSample]:
    """Embed the training part with every candidate, as a job would before it ranks."""
    samples = {}
    for card in cards:
        loaded = load_model(card)
        found = embed(loaded, task.target.dataset, task.train, cache=cache)
        samples[card.id] = ProbeSample(
            features=found.select(task.train),
            labels=task.labels(task.train),
            source_probs=found.select_probs(task.train),
            fingerprint=loaded.fingerprint,
            seed=task.seed,
        )
    return samples


def experience_without(table: TruthTable, data: str) -> tuple[PastResult, ...]:
    """Return what the table knows of all other data sets: the mean over seeds of every model."""
    return tuple(
        PastResult(other, model, float(value))
        for other in table.data()
        if other != data
        for model, value in zip(table.models(other), table.values(other).mean(axis=0), strict=True)
        if len(table.seeds(other))
    )


def ranking_of(
    samples: Mapping[str, ProbeSample], cards: Mapping[str, ModelCard], experience: Sequence[PastResult]
) -> Ranking:
    """Return our ranking of these samples."""
    return rank(samples, {}, cards, experience=experience, bootstrap=500)


def method_values(
    samples: Mapping[str, ProbeSample], cards: Mapping[str, ModelCard], experience: Sequence[PastResult]
) -> dict[str, NDArray[np.float64]]:
    """Return each method's values (M,) in the order of the samples, larger is better, NaN where it has none."""
    models = list(samples)
    found = {
        OURS: _scores(ranking_of(samples, cards, experience), models),
        PROBE_ONLY: _scores(rank(samples, {}, {}, bootstrap=0), models),
    }
    names = [name for name in scorers.names() if not scorers.get(name).needs_familiarity]
    sheets = [score_sheet(samples[model], names).scores for model in models]
    for name in names:
        values = np.array([sheet[name].value if name in sheet else np.nan for sheet in sheets])
        if np.isfinite(values).any():
            found[name] = values if scorers.get(name).higher_is_better else -values
    static = experience_evidence(experience, models)
    if static:
        found[STATIC] = static[0].values
    return found


def _scores(ranking: Ranking, models: Sequence[str]) -> NDArray[np.float64]:
    values = {row.model: row.score for row in ranking.models}
    return np.array([values[model] for model in models])
