"""What is known of candidates before the target is looked at: published figures on other data, else their size."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from automl_tl.transferability.posterior import Evidence
from automl_tl.zoo.card import ModelCard

__all__ = ["FIGURES", "published_evidence", "published_values", "size_evidence", "static_values"]

FIGURES = (
    ("imagenet1k_top1", "imagenet_r_top1", "imagenet_sketch_top1"),
    ("mteb_classification",),
    ("sentence_average",),
)
"""Families of published figures, in percent; a model takes part in a family if it has the first figure."""

_PUBLISHED_SPREAD = 0.6
"""How far log-odds after fine-tuning lie from what the figures say, one model and target apart from another."""

_SIZE_SLOPE = 0.4
"""Log-odds for ten times the parameters: 0.57 in our catalog's ImageNet figures, 0.16 and 0.32 for text."""

_SIZE_SPREAD = 1.0


def published_values(cards: Sequence[ModelCard | None], family: Sequence[str]) -> NDArray[np.float64]:
    """Return the log-odds (M,) of a family's figures, averaged over those that all its members have.

    Log-odds of ImageNet accuracy foretell log-odds of accuracy after transfer almost linearly: Kornblith, Shlens
    & Le, Do Better ImageNet Models Transfer Better?, CVPR 2019, section 4.1. NaN for a card without the first one.
    """
    figures = np.array([[_log_odds(card, name) for name in family] for card in cards]).reshape(-1, len(family))
    members = np.isfinite(figures[:, 0])
    shared = np.isfinite(figures[members]).all(axis=0)
    values = np.full(len(cards), math.nan)
    values[members] = figures[members][:, shared].mean(axis=1)
    return values


def published_evidence(cards: Sequence[ModelCard | None]) -> list[Evidence]:
    """Return one piece of evidence per family with at least two cards; a card takes part in one family only."""
    found = []
    free = np.ones(len(cards), dtype=np.bool_)
    for family in FIGURES:
        values = np.where(free, published_values(cards, family), math.nan)
        known = np.isfinite(values)
        if known.sum() >= 2:
            found.append(Evidence(values, _PUBLISHED_SPREAD**2 * np.eye(len(cards))))
            free &= ~known
    return found


def size_evidence(cards: Sequence[ModelCard | None]) -> list[Evidence]:
    """Return what sizes say of the cards without figures: a little, in favour of the larger."""
    sizes = [
        math.log10(card.parameters) if card is not None and card.parameters > 0 else math.nan for card in cards
    ]
    values = _SIZE_SLOPE * np.array(sizes, dtype=np.float64)
    for published in published_evidence(cards):
        values[np.isfinite(published.values)] = math.nan
    if np.isfinite(values).sum() < 2:
        return []
    return [Evidence(values, _SIZE_SPREAD**2 * np.eye(len(cards)))]


def static_values(cards: Sequence[ModelCard | None]) -> NDArray[np.float64]:
    """Return what figures alone make of the cards (M,), larger is better: the first known family, else sizes."""
    for family in FIGURES:
        values = published_values(cards, family)
        if np.isfinite(values).any():
            return values
    return np.array([0.0 if card is None else float(card.parameters) for card in cards])


def _log_odds(card: ModelCard | None, name: str) -> float:
    percent = 0.0 if card is None else card.prior.get(name, 0.0)
    return math.log(percent / (100.0 - percent)) if 0 < percent < 100 else math.nan
