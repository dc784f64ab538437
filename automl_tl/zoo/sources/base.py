"""What a model source must be able to do; one file and one registration per source."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from importlib import import_module

from automl_tl.registry import Registry
from automl_tl.zoo.backbone import LoadedModel
from automl_tl.zoo.card import ModelCard

__all__ = ["ModelSource", "model_sources"]


class ModelSource(ABC):
    """Lists and loads the models of one origin."""

    name: str

    @abstractmethod
    def cards(self) -> Sequence[ModelCard]:
        """Return the cards of every model this source lists by itself; loads no weights."""

    @abstractmethod
    def card(self, model: str) -> ModelCard:
        """Return the card of one model, listed or not; raises ModelUnavailable with the reason."""

    @abstractmethod
    def load(self, card: ModelCard) -> LoadedModel:
        """Load the pretrained weights on the CPU in float32; raises ModelUnavailable with the reason.

        The embedding is made of what the card's input says (``LoadedModel.with_layers``).
        The fingerprint is the one kept for these weights, where there is one (``with_stored_fingerprint``).
        """


def _load_builtin() -> None:
    for name in ("starter", "timm", "hf", "local"):
        import_module(f"automl_tl.zoo.sources.{name}")


model_sources: Registry[ModelSource] = Registry("model_source", _load_builtin)
