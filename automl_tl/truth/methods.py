"""Ways of ordering candidates for one task: ours, every score alone, and what needs no look at the target."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from automl_tl.errors import AutomlError
from automl_tl.one_thread import on_one_thread
from automl_tl.probe.cache import EmbeddingCache
from automl_tl.probe.extract import embed
from automl_tl.transferability.base import ProbeSample, Ranking, scorers
from automl_tl.transferability.compute import score_sheet
from automl_tl.transferability.experience import PastResult, experience_evidence
from automl_tl.transferability.published import static_values
from automl_tl.transferability.rank import rank
from automl_tl.truth.table import TruthTable
from automl_tl.truth.task import TruthTask
from automl_tl.zoo.backbone import LoadedModel
from automl_tl.zoo.card import ModelCard

__all__ = [
    "OURS",
    "PROBE_ONLY",
    "STATIC",
    "Probed",
    "experience_without",
    "method_values",
    "probe_candidates",
    "ranking_of",
]

OURS = "our ranking"
PROBE_ONLY = "our ranking, target data only"
STATIC = "static"

_RESAMPLES = 500
_FOR_NUMBERS = ("logme_regression",)
"""Scores of numeric targets; class ids are none."""


@dataclass(frozen=True)
class Probed:
    """What a job would know of the candidates before it ranks: samples, and why others have none, by model id."""

    samples: Mapping[str, ProbeSample]
    failures: Mapping[str, str]


def probe_candidates(
    task: TruthTask,
    cards: Sequence[ModelCard],
    load_model: Callable[[ModelCard], LoadedModel],
    cache: EmbeddingCache | None = None,
) -> Probed:
    """Embed the training part with every candidate, as a job would before it ranks."""
    samples: dict[str, ProbeSample] = {}
    failures: dict[str, str] = {}
    for card in cards:
        try:
            loaded = load_model(card)
            found = embed(loaded, task.target.dataset, task.train, cache=cache)
        except AutomlError as error:
            failures[card.id] = error.message
            continue
        samples[card.id] = ProbeSample(
            features=found.select(task.train),
            labels=task.labels(task.train),
            source_probs=found.select_probs(task.train),
            fingerprint=loaded.fingerprint,
            seed=task.seed,
        )
    return Probed(samples, failures)


def experience_without(table: TruthTable, data: str) -> tuple[PastResult, ...]:
    """Return what the table knows of all other data sets: the mean over seeds of every model."""
    return tuple(
        PastResult(other, model, float(value))
        for other in table.data()
        if other != data and table.seeds(other)
        for model, value in zip(table.models(other), table.values(other).mean(axis=0), strict=True)
    )


def ranking_of(probed: Probed, cards: Mapping[str, ModelCard], experience: Sequence[PastResult]) -> Ranking:
    """Return our ranking of what was probed."""
    return rank(probed.samples, probed.failures, cards, experience=experience, bootstrap=_RESAMPLES)


def method_values(
    ranking: Ranking,
    probed: Probed,
    cards: Mapping[str, ModelCard],
    experience: Sequence[PastResult],
    models: Sequence[str],
) -> dict[str, NDArray[np.float64]]:
    """Return each method's values (M,) in the order of ``models``, larger is better, NaN where it has none.

    Parameters
    ----------
    ranking
        Ours, of the same samples with the same experience.
    """
    rows = {row.model: row for row in ranking.models}
    standing = np.array([rows[model].score for model in models])
    shift = np.array([rows[model].prior_shift for model in models])
    found = {
        # What differs by rounding only is a tie, as in the ranking.
        OURS: np.round(standing, 9),
        PROBE_ONLY: np.round(standing - shift, 9),
        STATIC: _static([cards.get(model) for model in models], experience, models),
    }
    asked = [name for name in scorers.names() if name not in ranking.scorers and _applies(name)]
    with on_one_thread():
        opt_in = {model: score_sheet(sample, asked).scores for model, sample in probed.samples.items()}
    for name in (*ranking.scorers, *asked):
        alone = {model: row.scores[name] for model, row in rows.items() if name in row.scores}
        alone |= {model: sheet[name].value for model, sheet in opt_in.items() if name in sheet}
        if alone:
            values = np.array([alone.get(model, np.nan) for model in models])
            found[name] = values if scorers.get(name).higher_is_better else -values
    return found


def _applies(name: str) -> bool:
    return name not in _FOR_NUMBERS and not scorers.get(name).needs_familiarity


def _static(
    cards: Sequence[ModelCard | None], experience: Sequence[PastResult], models: Sequence[str]
) -> NDArray[np.float64]:
    """Return the standing on the other data sets; where there are none, published figures or sizes."""
    evidence = experience_evidence(experience, models)
    return evidence[0].values if evidence else static_values(cards)
