"""Which models take part in a job, smallest first, and why others do not."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from automl_tl.errors import SpecError
from automl_tl.pipeline.constraints import Breach, broken_by_card, cause, tally
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
        If the filter leaves nothing: which limit keeps out how many.
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
        If it leaves none, naming the limit that every model breaks, or the filter.
    """
    chosen: list[ModelCard] = []
    broken: dict[str, tuple[Breach, ...]] = {}
    for card in cards:
        breaches = broken_by_card(card, models)
        if breaches:
            broken[card.id] = breaches
        else:
            chosen.append(card)
    if not chosen:
        raise _nothing_left(tuple(broken.values()), models, modality)
    excluded = {model: "; ".join(breach.reason for breach in found) for model, found in broken.items()}
    return tuple(sorted(chosen, key=lambda card: (card.parameters or 10**12, card.id))), excluded


def _nothing_left(broken: Sequence[Sequence[Breach]], models: ModelFilter, modality: str) -> SpecError:
    field = cause(broken)
    why = tally(broken, models) or "none of these names has one"
    advice = "loosen the limit or name other models" if broken else "widen the filter"
    example = "" if "starter" in models.names else ", for example names starter"
    return SpecError(f"{field}: no {modality} model is left: {why}; {advice}{example}", field=field)
