"""Image models that timm publishes on the Hugging Face hub."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import timm
from timm.models import PretrainedCfg

from automl_tl.errors import ModelUnavailable
from automl_tl.zoo.backbone import LoadedModel
from automl_tl.zoo.card import ImageInput, ModelCard
from automl_tl.zoo.catalog_files import architecture_family, catalog_cards
from automl_tl.zoo.fingerprint_store import with_stored_fingerprint
from automl_tl.zoo.hub import fetch_snapshot
from automl_tl.zoo.sources.base import ModelSource, model_sources
from automl_tl.zoo.timm_load import load_published_timm
from automl_tl.zoo.weights import find_weight_files, read_weights

__all__ = ["TimmSource"]

_PATTERNS = ("config.json", "model.safetensors")


class TimmSource(ModelSource):
    """``timm:{architecture}.{tag}``, the names of ``timm.list_pretrained()``."""

    name = "timm"

    def cards(self) -> Sequence[ModelCard]:
        """Return the models that the catalog lists."""
        return catalog_cards(self.name)

    def card(self, model: str) -> ModelCard:
        """Return the catalog's card, or one drawn from timm's own description of the weights."""
        listed = next((card for card in self.cards() if card.model == model), None)
        return listed or _described(model)

    def load(self, card: ModelCard) -> LoadedModel:
        """Load published safetensors; raises ModelUnavailable with the reason."""
        known = self.card(card.model)
        published = _published(known.model)
        repository = str(published.hf_hub_id if published and published.hf_hub_id else f"timm/{known.model}")
        snapshot = fetch_snapshot(repository, card.revision, _PATTERNS, ["model.safetensors"])
        weights = read_weights(find_weight_files(snapshot.directory))
        pinned = replace(known, revision=card.revision)
        loaded = load_published_timm(pinned, weights, snapshot.commit)
        return with_stored_fingerprint(loaded.with_layers(card.input.layers))


def _published(model: str) -> PretrainedCfg | None:
    try:
        return timm.get_pretrained_cfg(model)
    except RuntimeError:  # the architecture exists but not with this tag
        return None


def _described(model: str) -> ModelCard:
    architecture = model.split(".")[0]
    if not timm.is_model(architecture):
        raise ModelUnavailable(
            f"timm has no architecture {architecture!r}; see timm.list_models()", field="models"
        )
    published = _published(model)
    if published is None or not published.has_weights:
        raise ModelUnavailable(f"timm publishes no weights called {model!r}; see timm.list_pretrained()")
    _, height, width = published.input_size
    wanted = ImageInput(
        size=(height, width),
        mean=(published.mean[0], published.mean[1], published.mean[2]),
        std=(published.std[0], published.std[1], published.std[2]),
        interpolation=published.interpolation,
        crop_fraction=published.crop_pct,
    )
    family = architecture_family(architecture)
    return ModelCard("timm", model, "image", architecture, family, wanted, licence=published.license or "")


model_sources.register(TimmSource.name, TimmSource())
