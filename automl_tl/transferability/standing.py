"""Where the probed models stand: probe, published figures and experience in one posterior."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from automl_tl.transferability.compute import ScoreSheet
from automl_tl.transferability.decision import contenders, expected_regret, probability_best
from automl_tl.transferability.ensemble import Column, combine
from automl_tl.transferability.experience import PastResult, experience_evidence
from automl_tl.transferability.posterior import posterior, shifts
from automl_tl.transferability.probe_evidence import probe_evidence, probe_shares
from automl_tl.transferability.published import published_evidence, size_evidence
from automl_tl.zoo.card import ModelCard

__all__ = ["EXPERIENCE", "PUBLISHED", "SIZE", "Standing", "standings_of"]

PUBLISHED, SIZE, EXPERIENCE = "published figures", "size", "earlier jobs"
"""Names of the shares that no score has."""


@dataclass(frozen=True)
class Standing:
    """One model's place, as far as the evidence goes.

    ``mean``, ``low`` and ``high`` are log-odds of accuracy; ``prior_shift`` is what figures and experience moved
    the mean by. ``expected_regret`` is a share of accuracy in [0, 1]. A ``contender`` belongs to the smallest set
    of models that holds the best with 95 % probability. ``shares`` says what each score and each kind of further
    evidence adds to the mean. NaN, False and nothing for a model that no score speaks of.
    """

    mean: float = math.nan
    low: float = math.nan
    high: float = math.nan
    prior_shift: float = math.nan
    probability_best: float = math.nan
    expected_regret: float = math.nan
    contender: bool = False
    shares: Mapping[str, float] = field(default_factory=dict)


def standings_of(
    models: Sequence[str],
    found: Sequence[Column],
    sheets: Sequence[ScoreSheet],
    cards: Mapping[str, ModelCard],
    experience: Sequence[PastResult],
    *,
    seed: int,
    resamples: int,
) -> list[Standing]:
    """Return the standing of every model, in the given order.

    Parameters
    ----------
    models
        Ids (M,).
    found
        The ensemble's columns over these models.
    sheets
        Their scores (M,).
    experience
        Results of earlier jobs.
    resamples
        Of the examples, for the errors of the probe.
    """
    blank = [Standing() for _ in models]
    if not found:
        return blank
    places = np.flatnonzero(np.isfinite(combine(found, [column.raw for column in found]))).tolist()
    if not places:
        return blank
    spoken = [models[place] for place in places]
    restricted = [_restricted(column, places) for column in found]
    probe = probe_evidence(
        restricted,
        [sheets[place] for place in places],
        seed=seed,
        resamples=resamples,
    )
    known = [cards.get(model) for model in spoken]
    prior = {
        PUBLISHED: published_evidence(known),
        SIZE: size_evidence(known),
        EXPERIENCE: experience_evidence(experience, spoken),
    }
    evidence = [probe, *(each for kind in prior.values() for each in kind)]
    believed = posterior(evidence)
    parts = probe_shares(restricted)
    moved = iter(shifts(evidence, believed))
    for name, kind in prior.items():
        if kind:
            parts[name] = np.sum([next(moved) for _ in kind], axis=0)
    low, high = believed.bounds()
    draws = believed.draws(seed)
    best, regret = probability_best(draws), expected_regret(draws)
    remaining = contenders(best)
    for number, place in enumerate(places):
        blank[place] = Standing(
            mean=float(believed.mean[number]),
            low=float(low[number]),
            high=float(high[number]),
            prior_shift=float(believed.mean[number] - probe.values[number]),
            probability_best=float(best[number]),
            expected_regret=float(regret[number]),
            contender=bool(remaining[number]),
            shares={name: float(part[number]) for name, part in parts.items()},
        )
    return blank


def _restricted(column: Column, places: Sequence[int]) -> Column:
    return replace(column, raw=column.raw[list(places)], counts=column.counts[list(places)])
