"""Contract test of a model source: subclass ModelSourceContract and say what it can load."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from automl_tl.data.dataset import Example
from automl_tl.errors import ModelUnavailable
from automl_tl.zoo.backbone import LoadedModel
from automl_tl.zoo.build import backbone_from_config
from automl_tl.zoo.card import Fingerprint, ModelCard
from automl_tl.zoo.fingerprint_store import keep_fingerprint
from automl_tl.zoo.sources.base import ModelSource, model_sources

__all__ = ["ModelSourceContract", "examples_for"]


def examples_for(modality: str) -> list[Example]:
    """Return two inputs of a modality, of different shape or length."""
    if modality == "image":
        rng = np.random.default_rng(0)
        return [rng.integers(0, 256, shape, dtype=np.uint8) for shape in ((40, 30, 3), (8, 8, 3))]
    return ["the melody and the guitar", "a storm"]


class ModelSourceContract(ABC):
    """Tests that run once per subclass; pytest collects the methods."""

    source_name: str

    @abstractmethod
    def loadable(self, root: Path) -> ModelCard:
        """Return the card of a model that loads without a network; write its files under ``root`` if need be."""

    @abstractmethod
    def unloadable(self, root: Path) -> ModelCard:
        """Return the card of a model that cannot be loaded here."""

    def source(self) -> ModelSource:
        """Return the registered plug-in."""
        return model_sources.get(self.source_name)

    def loaded(self, root: Path) -> LoadedModel:
        """Return the loadable model, loaded."""
        return self.source().load(self.loadable(root))

    def test_is_registered_under_its_own_name(self) -> None:
        """The registry finds the plug-in by the name it gives itself."""
        assert self.source().name == self.source_name

    def test_listed_cards_belong_to_the_source(self) -> None:
        """Every listed id starts with the source's name and stands once."""
        cards = self.source().cards()
        assert {card.source for card in cards} <= {self.source_name}
        assert len({card.id for card in cards}) == len(cards)

    def test_a_listed_card_is_found_by_its_name(self) -> None:
        """What is listed can be asked for."""
        for card in list(self.source().cards())[:3]:
            assert self.source().card(card.model) == card

    def test_loads_in_single_precision_on_the_cpu(self, tmp_path: Path) -> None:
        """Whatever the file holds, the network computes in float32."""
        for parameter in self.loaded(tmp_path).backbone.parameters():
            assert parameter.dtype == torch.float32
            assert parameter.device.type == "cpu"

    def test_keeps_the_identity_and_fills_the_card(self, tmp_path: Path) -> None:
        """The loaded model answers to the id that was asked for and knows its embedding's length."""
        card, loaded = self.loadable(tmp_path), self.loaded(tmp_path)
        assert loaded.backbone.card.id == card.id
        assert loaded.backbone.card.embedding_size == loaded.backbone.embedding_size > 0
        assert len(loaded.weights_digest) == 64

    def test_loading_twice_gives_the_same_embeddings(self, tmp_path: Path) -> None:
        """Loading has no randomness left in it."""
        first, second = (self._embed(self.loaded(tmp_path).backbone) for _ in range(2))
        assert torch.equal(first, second)
        assert torch.isfinite(first).all()

    def test_the_card_decides_what_the_embedding_is_made_of(self, tmp_path: Path) -> None:
        """Size and identity follow it; the fingerprint, which describes the usual embedding, stays behind."""
        card = self.loadable(tmp_path)
        for layers in self.loaded(tmp_path).backbone.layer_choices[1:]:
            loaded = self.source().load(replace(card, input=replace(card.input, layers=layers)))
            assert loaded.backbone.layers == loaded.backbone.card.input.layers == layers
            assert self._embed(loaded.backbone).shape[1] == loaded.backbone.card.embedding_size
            assert loaded.backbone.card.id == card.id
            assert loaded.fingerprint is None

    def test_each_choice_of_layers_trains_what_the_last_layer_trains(self, tmp_path: Path) -> None:
        """No block loses its gradient by it."""
        backbone = self.loaded(tmp_path).backbone
        trained = {}
        for layers in backbone.layer_choices:
            backbone.choose_layers(layers)
            backbone.zero_grad()
            backbone(backbone.preprocess(examples_for(backbone.card.modality))).sin().sum().backward()
            trained[layers] = {name for name, p in backbone.named_parameters() if p.grad is not None}
        assert all(names >= trained["last"] for names in trained.values())

    def test_a_choice_of_layers_that_is_not_offered_gets_a_reason(self, tmp_path: Path) -> None:
        """The sentence lists what there is."""
        card = self.loadable(tmp_path)
        with pytest.raises(ModelUnavailable, match="layers must be one of last"):
            self.source().load(replace(card, input=replace(card.input, layers="first")))

    def test_every_parameter_is_in_exactly_one_block(self, tmp_path: Path) -> None:
        """Layer-wise rates and partial unfreezing rely on it."""
        backbone = self.loaded(tmp_path).backbone
        grouped = [id(parameter) for block in backbone.blocks() for parameter in block.parameters]
        assert sorted(grouped) == sorted(id(parameter) for parameter in backbone.parameters())

    def test_can_be_saved_and_built_again_without_the_source(self, tmp_path: Path) -> None:
        """Config, assets and state are enough."""
        backbone = self.loaded(tmp_path).backbone
        assets = tmp_path / "assets"
        assets.mkdir()
        backbone.save_assets(assets)
        again = backbone_from_config(backbone.card, backbone.config, assets).eval()
        again.load_state_dict(backbone.state_dict())
        assert torch.equal(self._embed(again), self._embed(backbone))

    def test_a_fingerprint_kept_for_the_weights_is_found(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The one that ``automl-tl zoo fingerprint`` made, whatever the model came with."""
        monkeypatch.setenv("AUTOML_TL_FINGERPRINTS", str(tmp_path / "fingerprints"))
        loaded = self.loaded(tmp_path)
        size = loaded.backbone.embedding_size
        keep_fingerprint(Fingerprint(np.zeros(size, np.float32), np.eye(size, dtype=np.float32), 7), loaded)
        found = self.loaded(tmp_path).fingerprint
        assert found is not None
        assert found.count == 7

    def test_a_model_that_cannot_be_loaded_gets_a_reason(self, tmp_path: Path) -> None:
        """The job goes on without it and shows the sentence."""
        with pytest.raises(ModelUnavailable) as caught:
            self.source().load(self.unloadable(tmp_path))
        assert len(caught.value.message) > 20

    @staticmethod
    def _embed(backbone: torch.nn.Module) -> torch.Tensor:
        batch = backbone.preprocess(examples_for(backbone.card.modality))  # type: ignore[operator, union-attr, arg-type]
        with torch.inference_mode():
            return backbone.eval()(batch)
