"""Which models take part in a job, smallest first, and why others do not."""

from __future__ import annotations

from collections.abc import Iterable

from automl_tl.errors import SpecError
from automl_tl.pipeline.spec import ModelFilter
from automl_tl.zoo.card import ModelCard
from automl_tl.zoo.catalog import load_catalog

__all__ = ["choose_candidates", "filter_candidates"]


def choose_candidates(
    models: ModelFilter, modality: str, *, allow_local: bool = False
) -> tuple[tuple[ModelCard, ...], dict[str, str]]:
    """Return the candidates, smallest first so that a usable model comes soonest, and the excluded with reasons.

    Raises
    ------
    SpecError
        If the filter leaves nothing.
    """
    return filter_candidates(
        load_catalog().resolve(models.names, modality, allow_local=allow_local), models, modality
    )


def filter_candidates(
    cards: Iterable[ModelCard], models: ModelFilter, modality: str
) -> tuple[tuple[ModelCard, ...], dict[str, str]]:
    """Return the cards that the filter leaves, smallest first, and the excluded with reasons.

    Raises
    ------
    SpecError
        If it leaves none.
    """
    chosen: list[ModelCard] = []
    excluded: dict[str, str] = {}
    for card in cards:
        reason = _excluded(card, models)
        if reason:
            excluded[card.id] = reason
        else:
            chosen.append(card)
    if not chosen:
        reasons = "; ".join(f"{model}: {reason}" for model, reason in excluded.items())
        raise SpecError(
            f"models: no {modality} model is left ({reasons or 'none of these names has one'}); "
            "widen the filter, for example names starter",
            field="models",
        )
    return tuple(sorted(chosen, key=lambda card: (card.parameters or 10**12, card.id))), excluded


def _excluded(card: ModelCard, models: ModelFilter) -> str:
    if models.max_parameters and card.parameters > models.max_parameters:
        return f"{card.parameters:,} parameters are more than max_parameters = {models.max_parameters:,}"
    if models.licences and card.licence not in models.licences:
        return f"licence {card.licence or 'unknown'} is not among {', '.join(models.licences)}"
    return ""
