"""From scores to one Ranking with bounds."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from automl_tl.one_thread import on_one_thread
from automl_tl.probe.cost import ModelCost
from automl_tl.transferability.base import ProbeSample, RankedModel, Ranking, Scorer, scorers
from automl_tl.transferability.compute import ScoreSheet, score_sheet
from automl_tl.transferability.ensemble import Column, columns, combine
from automl_tl.zoo.card import ModelCard

__all__ = ["STATIC_PRIORS", "rank"]

STATIC_PRIORS = ("imagenet1k_top1", "mteb_classification", "sentence_average")
"""Published figures that the ``static`` baseline goes by, in order of preference."""

_NOTHING: Mapping[str, Any] = MappingProxyType({})


def rank(
    samples: Mapping[str, ProbeSample],
    failures: Mapping[str, str],
    cards: Mapping[str, ModelCard],
    *,
    scorers: Sequence[str] = (),
    seed: int = 0,
    bootstrap: int = 1000,
    probe_seconds: Mapping[str, float] = _NOTHING,
    revisions: Mapping[str, str] = _NOTHING,
    costs: Mapping[str, ModelCost] = _NOTHING,
) -> Ranking:
    """Rank candidate models by the weighted mean of their standardised scores.

    Accuracies enter as log-odds, each score in units of its spread over the models (never less than its own
    sampling noise) and with its scorer's weight: the linear probe counts three times as much as k-NN and
    LogME, the shrunk H-score half, similarity a quarter. Bounds resample the examples, the same ones for
    every model, in the scores that are means over examples; the others stay as they are.

    Parameters
    ----------
    samples
        What could be probed, by model id; all with the same labels.
    failures
        Why the other models could not, by model id.
    cards
        Cards by model id, for the baselines and the size.
    scorers
        Names of the scores; empty means every registered one that is not opt-in.
    bootstrap
        Number of resamples; 0 leaves the bounds at the score itself.
    probe_seconds, revisions, costs
        Shown in the rows, by model id.

    Raises
    ------
    NotFound
        If a score is not registered. A score that cannot be computed becomes a note in the model's row.
    """
    names = _scorer_names(scorers)
    with on_one_thread():
        sheets = {model: score_sheet(sample, names) for model, sample in samples.items()}
    usable = [model for model, sheet in sheets.items() if sheet.scores]
    found = columns(_registered(names), [sheets[model].scores for model in usable])
    combined = combine(found, [column.raw for column in found]) if found else np.full(len(usable), math.nan)
    low, high, best = _bounds(found, [sheets[model] for model in usable], combined, seed, bootstrap)
    order = sorted(
        range(len(usable)),
        key=lambda i: (-np.nan_to_num(combined[i], nan=-math.inf), _size(cards, usable[i]), usable[i]),
    )
    rows = [
        RankedModel(
            model=usable[i],
            rank=place,
            score=float(combined[i]),
            low=float(low[i]),
            high=float(high[i]),
            scores={name: score.value for name, score in sheets[usable[i]].scores.items()},
            notes=sheets[usable[i]].notes,
            probability_best=float(best[i]),
            parameters=_size(cards, usable[i]),
            probe_seconds=probe_seconds.get(usable[i], 0.0),
            resolved_revision=revisions.get(usable[i], ""),
            cost=costs.get(usable[i]),
        )
        for place, i in enumerate(order, start=1)
    ]
    without = {model: _joined(sheet) for model, sheet in sheets.items() if not sheet.scores}
    rows += [_failed_row(model, error, cards, costs) for model, error in {**without, **failures}.items()]
    n_probe = max((len(sample.labels) for sample in samples.values()), default=0)
    return Ranking(tuple(rows), names, n_probe, _baselines(usable, sheets, cards))


def _scorer_names(wanted: Sequence[str]) -> tuple[str, ...]:
    default = (name for name in scorers.names() if not scorers.get(name).opt_in)
    names = tuple(dict.fromkeys(wanted)) if wanted else tuple(default)
    return tuple(sorted(names, key=lambda name: (-scorers.get(name).weight, name)))


def _registered(names: Sequence[str]) -> dict[str, Scorer]:
    return {name: scorers.get(name) for name in names}


def _bounds(
    found: Sequence[Column],
    sheets: Sequence[ScoreSheet],
    combined: NDArray[np.float64],
    seed: int,
    resamples: int,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return the 2.5 and 97.5 percentiles and the share of resamples in which each model is best."""
    if not len(combined) or not found:
        return combined, combined, np.full(len(combined), math.nan)
    if resamples <= 0:
        return combined, combined, _share_best(combined[None, :])
    replicates = [_resampled(column, sheets, seed, resamples) for column in found]
    scores = combine(found, replicates)
    low, high = np.percentile(scores, [2.5, 97.5], axis=0)
    return np.minimum(low, combined), np.maximum(high, combined), _share_best(scores)


def _resampled(column: Column, sheets: Sequence[ScoreSheet], seed: int, resamples: int) -> NDArray[np.float64]:
    """Return raw values (B, M); equal numbers of examples get equal resamples, so models stay paired."""
    values = np.repeat(column.raw[None, :], resamples, axis=0)
    for place, sheet in enumerate(sheets):
        score = sheet.scores.get(column.scorer.name)
        if score is None or score.contributions is None:
            continue
        n = len(score.contributions)
        counts = np.random.default_rng(seed).multinomial(n, np.full(n, 1.0 / n), size=resamples)
        values[:, place] = counts @ score.contributions / n
    return values


def _share_best(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how often each column is the row's largest; ties share."""
    filled = np.nan_to_num(scores, nan=-math.inf)
    winners = filled == filled.max(axis=1, keepdims=True)
    return (winners / winners.sum(axis=1, keepdims=True)).mean(axis=0)


def _size(cards: Mapping[str, ModelCard], model: str) -> int:
    return cards[model].parameters if model in cards else 0


def _joined(sheet: ScoreSheet) -> str:
    return "no score could be computed: " + "; ".join(f"{name}: {why}" for name, why in sheet.notes.items())


def _failed_row(
    model: str, error: str, cards: Mapping[str, ModelCard], costs: Mapping[str, ModelCost]
) -> RankedModel:
    nan = math.nan
    return RankedModel(model, 0, nan, nan, nan, parameters=_size(cards, model), error=error, cost=costs.get(model))


def _baselines(
    usable: Sequence[str], sheets: Mapping[str, ScoreSheet], cards: Mapping[str, ModelCard]
) -> dict[str, str]:
    """Return what simpler rules would choose: the published prior, the largest model, k-NN alone."""
    if not usable:
        return {}
    largest = max(usable, key=lambda model: (_size(cards, model), model))
    chosen = {"static": largest, "largest": largest}
    for prior in STATIC_PRIORS:
        known = [model for model in usable if model in cards and prior in cards[model].prior]
        if known:
            chosen["static"] = max(known, key=lambda model: cards[model].prior[prior])
            break
    voted = [model for model in usable if "knn" in sheets[model].scores]
    if voted:
        chosen["knn"] = max(voted, key=lambda model: sheets[model].scores["knn"].value)
    return chosen
