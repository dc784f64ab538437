"""Models that lie in a directory of this machine; only the local command line hands these in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from automl_tl.errors import ModelUnavailable
from automl_tl.zoo.backbone import LoadedModel
from automl_tl.zoo.card import Fingerprint, ModelCard
from automl_tl.zoo.fingerprint_store import with_stored_fingerprint
from automl_tl.zoo.fingerprints import read_fingerprint
from automl_tl.zoo.local_models import describe_local, fingerprint_path, timm_settings
from automl_tl.zoo.sources.base import ModelSource, model_sources
from automl_tl.zoo.starter.loading import load_directory
from automl_tl.zoo.timm_load import load_native_timm
from automl_tl.zoo.transformers_load import load_transformers
from automl_tl.zoo.weights import read_weights

__all__ = ["LocalSource"]


class LocalSource(ModelSource):
    """``local:NAME`` with the place in the card's ``location``; see ``local_models`` for the layouts."""

    name = "local"

    def cards(self) -> Sequence[ModelCard]:
        """Return nothing: local models are found through ``local:DIR``."""
        return ()

    def card(self, model: str) -> ModelCard:
        """Return the card of the model folder or weight file at this path."""
        place = Path(model)
        if not place.exists():
            raise ModelUnavailable(f"there is no model at {model!r}", field="models")
        return describe_local(place)

    def load(self, card: ModelCard) -> LoadedModel:
        """Load the model at ``card.location``; raises ModelUnavailable with the reason."""
        place = Path(card.location)
        if not card.location or not place.exists():
            raise ModelUnavailable(f"{card.id}: there is no model at {card.location!r}", field="models")
        loaded = _load(replace(describe_local(place), model=card.model), place)
        return with_stored_fingerprint(loaded.with_layers(card.input.layers))


def _load(card: ModelCard, place: Path) -> LoadedModel:
    if (place / "card.json").is_file():
        loaded = load_directory(place)
        loaded.backbone.card = replace(loaded.backbone.card, source=card.source, model=card.model)
        return loaded
    fingerprint = _fingerprint(place)
    if card.modality == "text":
        return load_transformers(card, place, fingerprint=fingerprint)
    settings = timm_settings(place)
    weights = read_weights(settings["weights"], expected_digest=settings["sha256"])
    return load_native_timm(
        card, weights, num_classes=settings["num_classes"], kwargs=settings["kwargs"], fingerprint=fingerprint
    )


def _fingerprint(place: Path) -> Fingerprint | None:
    path = fingerprint_path(place)
    return read_fingerprint(path) if path.is_file() else None


model_sources.register(LocalSource.name, LocalSource())
