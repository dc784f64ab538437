"""The models that ship inside the package: always there, no network needed."""

from __future__ import annotations

from collections.abc import Sequence

from automl_tl.errors import ModelUnavailable
from automl_tl.zoo.backbone import LoadedModel
from automl_tl.zoo.card import ModelCard
from automl_tl.zoo.fingerprint_store import with_stored_fingerprint
from automl_tl.zoo.sources.base import ModelSource, model_sources
from automl_tl.zoo.starter.cards import SOURCE_NAME, starter_cards, starter_directory
from automl_tl.zoo.starter.loading import load_directory

__all__ = ["StarterSource"]


class StarterSource(ModelSource):
    """Lists and loads the models of ``automl_tl/zoo/starter/models``."""

    name = SOURCE_NAME

    def cards(self) -> Sequence[ModelCard]:
        """Return every shipped model's card, sorted by name."""
        return starter_cards()

    def card(self, model: str) -> ModelCard:
        """Return one shipped model's card; raises ModelUnavailable with the known names."""
        for card in starter_cards():
            if card.model == model:
                return card
        known = ", ".join(card.model for card in starter_cards())
        raise ModelUnavailable(f"there is no starter model {model!r}; known: {known}", field="model")

    def load(self, card: ModelCard) -> LoadedModel:
        """Load the model in float32 with its source head and fingerprint; raises ModelUnavailable."""
        loaded = load_directory(starter_directory(card.model))
        return with_stored_fingerprint(loaded.with_layers(card.input.layers))


model_sources.register(SOURCE_NAME, StarterSource())
