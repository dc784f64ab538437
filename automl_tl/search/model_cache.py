"""Pretrained models kept in memory by one process, so that trials of one model load its weights once."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from automl_tl.search.runner import LoadModel
from automl_tl.zoo.card import ModelCard

if TYPE_CHECKING:
    from automl_tl.zoo.backbone import LoadedModel

__all__ = ["ModelCache", "load_from_source"]


def load_from_source(card: ModelCard) -> LoadedModel:
    """Load a card through its own source; raises ModelUnavailable."""
    from automl_tl.zoo.sources.base import model_sources

    return model_sources.get(card.source).load(card)


class ModelCache:
    """Keeps the most recently used models; whoever trains one works on a copy.

    Parameters
    ----------
    load
        Called for a card that is not kept.
    capacity
        How many models are kept, >= 1.
    """

    def __init__(self, load: LoadModel = load_from_source, *, capacity: int = 3) -> None:
        self._load = load
        self._capacity = capacity
        self._kept: OrderedDict[tuple[str, ...], LoadedModel] = OrderedDict()

    def __call__(self, card: ModelCard) -> LoadedModel:
        """Return the model with its pretrained weights."""
        key = (card.id, card.revision, card.location, card.input.layers)
        if key not in self._kept:
            self._kept[key] = self._load(card)
        self._kept.move_to_end(key)
        while len(self._kept) > self._capacity:
            self._kept.popitem(last=False)
        return self._kept[key]
