"""Text encoders published on the Hugging Face hub in transformers' layout."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from automl_tl.errors import ModelUnavailable
from automl_tl.zoo.backbone import LoadedModel
from automl_tl.zoo.card import ModelCard, TextInput
from automl_tl.zoo.catalog_files import catalog_cards
from automl_tl.zoo.fingerprint_store import with_stored_fingerprint
from automl_tl.zoo.hub import Snapshot, fetch_snapshot
from automl_tl.zoo.sources.base import ModelSource, model_sources
from automl_tl.zoo.transformers_files import read_json, text_input
from automl_tl.zoo.transformers_load import load_transformers
from automl_tl.zoo.weights import SHARD_INDEX, SINGLE_FILE

__all__ = ["HuggingFaceSource"]

_PATTERNS = (
    "config.json",
    "model.safetensors",
    "model-*.safetensors",
    SHARD_INDEX,
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "vocab.txt",
    "vocab.json",
    "merges.txt",
    "*.model",
    "sentence_bert_config.json",
    "1_Pooling/config.json",
)


class HuggingFaceSource(ModelSource):
    """``hf:{owner}/{name}``; code that a repository carries is never run."""

    name = "hf"

    def cards(self) -> Sequence[ModelCard]:
        """Return the models that the catalog lists."""
        return catalog_cards(self.name)

    def card(self, model: str) -> ModelCard:
        """Return the catalog's card, or a bare one that :meth:`load` completes from the repository."""
        listed = next((card for card in self.cards() if card.model == model), None)
        return listed or ModelCard(self.name, model, "text", "", "", TextInput())

    def load(self, card: ModelCard) -> LoadedModel:
        """Load published safetensors; raises ModelUnavailable with the reason."""
        known = self.card(card.model)
        snapshot = fetch_snapshot(card.model, card.revision, _PATTERNS, [SINGLE_FILE, SHARD_INDEX])
        completed = known if known.architecture else _completed(known, snapshot)
        pinned = replace(completed, revision=card.revision)
        loaded = load_transformers(pinned, snapshot.directory, commit=snapshot.commit)
        return with_stored_fingerprint(loaded.with_layers(card.input.layers))


def _completed(card: ModelCard, snapshot: Snapshot) -> ModelCard:
    model_type = read_json(snapshot.directory / "config.json").get("model_type")
    if not isinstance(model_type, str):
        raise ModelUnavailable(f"{card.id}: config.json names no model_type; it is not a transformers encoder")
    return replace(card, architecture=model_type, family=model_type, input=text_input(snapshot.directory))


model_sources.register(HuggingFaceSource.name, HuggingFaceSource())
