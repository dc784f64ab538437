"""From scores to one Ranking with bounds."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import numpy as np

from automl_tl.one_thread import on_one_thread
from automl_tl.probe.cost import ModelCost
from automl_tl.transferability.base import ProbeSample, RankedModel, Ranking, Scorer, default_scorers, scorers
from automl_tl.transferability.compute import ScoreSheet, score_sheet
from automl_tl.transferability.ensemble import columns
from automl_tl.transferability.experience import PastResult, experience_evidence
from automl_tl.transferability.published import static_values
from automl_tl.transferability.standing import Standing, standings_of
from automl_tl.zoo.card import ModelCard

__all__ = ["rank"]

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
    experience: Sequence[PastResult] = (),
) -> Ranking:
    """Rank candidate models by what probe, published figures and earlier jobs together say of them.

    The probe: accuracies enter as log-odds, each score in units of its spread over the models (never less than
    its own sampling noise) and with its scorer's weight: the linear probe counts three times as much as k-NN and
    LogME, the shrunk H-score half, similarity a quarter. The result, in log-odds of accuracy, meets published
    figures and sizes (:mod:`automl_tl.transferability.published`) and earlier results
    (:mod:`automl_tl.transferability.experience`), each with its own uncertainty, in one posterior
    (:mod:`automl_tl.transferability.posterior`). Models stand in the order of its mean.

    Parameters
    ----------
    samples
        What could be probed, by model id; all with the same labels.
    failures
        Why the other models could not, by model id.
    cards
        Cards by model id, for the baselines and the size.
    scorers
        Names of the scores; empty means every registered one for the task that is not opt-in.
    bootstrap
        Number of resamples of the examples, the same ones for every model; 0 leaves the sampling errors out.
    probe_seconds, revisions, costs
        Shown in the rows, by model id.
    experience
        What fine-tuned models reached in earlier jobs of the same modality.

    Raises
    ------
    NotFound
        If a score is not registered. A score that cannot be computed becomes a note in the model's row.
    """
    names = _scorer_names(scorers, samples)
    with on_one_thread():
        sheets = {model: score_sheet(sample, names) for model, sample in samples.items()}
    usable = [model for model, sheet in sheets.items() if sheet.scores]
    found = columns(_registered(names), [sheets[model].scores for model in usable])
    standings = standings_of(
        usable,
        found,
        [sheets[model] for model in usable],
        cards,
        experience,
        seed=seed,
        resamples=bootstrap,
    )
    order = sorted(
        range(len(usable)),
        key=lambda i: (
            -np.nan_to_num(round(standings[i].mean, 9), nan=-math.inf),
            _size(cards, usable[i]),
            usable[i],
        ),
    )
    rows = [
        replace(
            _row(usable[i], place, standings[i], sheets[usable[i]]),
            parameters=_size(cards, usable[i]),
            probe_seconds=probe_seconds.get(usable[i], 0.0),
            resolved_revision=revisions.get(usable[i], ""),
            cost=costs.get(usable[i]),
            layers=cards[usable[i]].input.layers if usable[i] in cards else "",
        )
        for place, i in enumerate(order, start=1)
    ]
    without = {model: _joined(sheet) for model, sheet in sheets.items() if not sheet.scores}
    rows += [_failed_row(model, error, cards, costs) for model, error in {**without, **failures}.items()]
    n_probe = max((len(sample.labels) for sample in samples.values()), default=0)
    return Ranking(tuple(rows), names, n_probe, _baselines(usable, sheets, cards, experience))


def _scorer_names(wanted: Sequence[str], samples: Mapping[str, ProbeSample]) -> tuple[str, ...]:
    task = next((sample.task for sample in samples.values()), "classification")
    default = default_scorers(task)
    names = tuple(dict.fromkeys(wanted)) if wanted else tuple(default)
    return tuple(sorted(names, key=lambda name: (-scorers.get(name).weight, name)))


def _registered(names: Sequence[str]) -> dict[str, Scorer]:
    return {name: scorers.get(name) for name in names}


def _row(model: str, place: int, standing: Standing, sheet: ScoreSheet) -> RankedModel:
    return RankedModel(
        model=model,
        rank=place,
        score=standing.mean,
        low=standing.low,
        high=standing.high,
        scores={name: score.value for name, score in sheet.scores.items()},
        notes=sheet.notes,
        probability_best=standing.probability_best,
        expected_regret=standing.expected_regret,
        contender=standing.contender,
        prior_shift=standing.prior_shift,
        shares=standing.shares,
    )


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
    usable: Sequence[str],
    sheets: Mapping[str, ScoreSheet],
    cards: Mapping[str, ModelCard],
    experience: Sequence[PastResult],
) -> dict[str, str]:
    """Return what simpler rules would choose: standing on other data, the largest model, k-NN alone."""
    if not usable:
        return {}
    largest = max(usable, key=lambda model: (_size(cards, model), model))
    chosen = {"static": _static(usable, cards, experience), "largest": largest}
    voted = [model for model in usable if "knn" in sheets[model].scores]
    if voted:
        chosen["knn"] = max(voted, key=lambda model: sheets[model].scores["knn"].value)
    return chosen


def _static(usable: Sequence[str], cards: Mapping[str, ModelCard], experience: Sequence[PastResult]) -> str:
    """Return the best model on other data: in earlier jobs, else by published figures, else by size."""
    past = experience_evidence(experience, usable)
    values = past[0].values if past else static_values([cards.get(model) for model in usable])
    return usable[int(np.nanargmax(values))]
