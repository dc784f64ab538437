"""Many small tasks out of one: fewer rows, fewer candidates, the same truth."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from automl_tl.data.carve import carve_rows
from automl_tl.transferability.base import ProbeSample, default_scorers, scorers
from automl_tl.transferability.compute import score_sheet
from automl_tl.transferability.ensemble import columns
from automl_tl.transferability.experience import PastResult
from automl_tl.transferability.standing import standings_of
from automl_tl.truth.calibration import Forecast
from automl_tl.zoo.card import ModelCard

__all__ = ["forecasts"]

_FEWEST_CANDIDATES = 3


def forecasts(
    samples: Mapping[str, ProbeSample],
    truth: Mapping[str, float],
    cards: Mapping[str, ModelCard],
    experience: Sequence[PastResult],
    *,
    source: str,
    shares: Sequence[float] = (0.3, 1.0),
    subsets: int = 6,
    seed: int = 0,
) -> Iterator[Forecast]:
    """Yield what our ranking says of ``subsets`` sets of candidates for each share of the rows.

    Parameters
    ----------
    samples
        Of every candidate, by model id.
    truth
        What fine-tuning reached, by model id, larger is better.
    experience
        Results on other data sets.
    source
        Name of what all these tasks are drawn from.
    shares
        Of the rows, drawn stratified by class, each in (0, 1].
    """
    rng = np.random.default_rng(seed)
    names = default_scorers("classification")
    models = list(samples)
    for share in shares:
        fewer = _fewer_rows(samples, share, rng)
        sheets = {model: score_sheet(sample, names) for model, sample in fewer.items()}
        for _ in range(subsets):
            size = int(rng.integers(min(_FEWEST_CANDIDATES, len(models)), len(models) + 1))
            chosen = [models[place] for place in np.sort(rng.choice(len(models), size, replace=False))]
            found = columns(
                {name: scorers.get(name) for name in names}, [sheets[model].scores for model in chosen]
            )
            standings = standings_of(
                chosen,
                found,
                [sheets[model] for model in chosen],
                cards,
                experience,
                seed=seed,
                resamples=300,
            )
            yield Forecast(
                probabilities=np.array([each.probability_best for each in standings]),
                contenders=np.array([each.contender for each in standings]),
                best=int(np.argmax([truth[model] for model in chosen])),
                source=source,
                models=tuple(chosen),
            )


def _fewer_rows(
    samples: Mapping[str, ProbeSample], share: float, rng: np.random.Generator
) -> dict[str, ProbeSample]:
    labels = next(iter(samples.values())).labels
    kept = np.ones(len(labels), np.bool_) if share >= 1 else carve_rows(labels, share, rng, keep=0)
    return {
        model: replace(
            sample,
            features=sample.features[kept],
            labels=sample.labels[kept],
            source_probs=None if sample.source_probs is None else sample.source_probs[kept],
        )
        for model, sample in samples.items()
    }
