"""Which models take part in a job, smallest first, and why others do not."""

from __future__ import annotations

from automl_tl.errors import SpecError
from automl_tl.pipeline.spec import ModelFilter
from automl_tl.zoo.card import ModelCard
from automl_tl.zoo.catalog import load_catalog

__all__ = ["choose_candidates"]


def choose_candidates(
    models: ModelFilter, modality: str, *, allow_local: bool = False
) -> tuple[tuple[ModelCard, ...], dict[str, str]]:
    """Return the candidates, smallest first so that a usable model comes soonest, and the excluded with reasons.

    Raises
    ------
    SpecError
        If the filter leaves nothing.
    """
    cards = load_catalog().resolve(models.names, modality, allow_local=allow_local)
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
