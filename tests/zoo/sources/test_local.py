"""Models in a directory of this machine."""

import json

import numpy as np
import pytest
import torch

from automl_tl.errors import ModelUnavailable
from automl_tl.testing.model_source import ModelSourceContract
from automl_tl.testing.tiny_models import tiny_image_model, write_timm_pair, write_transformers_folder
from automl_tl.zoo.card import Fingerprint, ImageInput, ModelCard
from automl_tl.zoo.card_json import card_to_json
from automl_tl.zoo.fingerprints import write_fingerprint
from automl_tl.zoo.local_models import local_cards
from automl_tl.zoo.sources.base import model_sources
from automl_tl.zoo.weights import write_weights


class TestLocalImageContract(ModelSourceContract):
    source_name = "local"

    def loadable(self, root):
        return local_cards(write_timm_pair(root / "models").parent, "image")[0]

    def unloadable(self, root):
        return ModelCard("local", "gone", "image", "", "", ImageInput(), location=str(root / "gone"))


class TestLocalTextContract(ModelSourceContract):
    source_name = "local"

    def loadable(self, root):
        return local_cards(write_transformers_folder(root / "models" / "encoder"), "text")[0]

    def unloadable(self, root):
        place = write_timm_pair(root / "models")
        place.with_suffix(".json").unlink()
        return local_cards(place.parent, "text")[0]


def load(folder, modality="image"):
    (card,) = local_cards(folder, modality)
    return model_sources.get("local").load(card)


def test_a_fingerprint_beside_the_weights_is_read(tmp_path):
    """For the similarity score."""
    source = Fingerprint(np.zeros(16, np.float32), np.eye(16, dtype=np.float32), 9)
    write_timm_pair(tmp_path)
    assert load(tmp_path).fingerprint is None
    write_fingerprint(source, tmp_path / "tiny.fingerprint.safetensors")
    assert load(tmp_path).fingerprint.count == 9


def test_a_changed_weight_file_is_refused(tmp_path):
    """Its description states another digest."""
    write_timm_pair(tmp_path, sha256="0" * 64)
    with pytest.raises(ModelUnavailable, match="SHA-256"):
        load(tmp_path)


def test_weights_of_another_architecture_name_the_first_key(tmp_path):
    """The description says resnet34."""
    write_timm_pair(tmp_path, arch="resnet34", kwargs={})
    with pytest.raises(ModelUnavailable, match="local:tiny"):
        load(tmp_path)


def test_a_folder_in_the_starter_zoos_layout_loads(tmp_path):
    """As ``automl-tl zoo pretrain`` leaves it, under the folder's name."""
    backbone = tiny_image_model(num_classes=3)
    folder = tmp_path / "mine"
    folder.mkdir()
    digest = write_weights(backbone.native_state_dict(), folder / "model.safetensors")
    record = {**card_to_json(backbone.card), "config": backbone.config, "weights_digest": digest}
    (folder / "card.json").write_text(json.dumps(record))
    source = Fingerprint(np.zeros(16, np.float32), np.eye(16, dtype=np.float32), 9)
    write_fingerprint(source, folder / "fingerprint.safetensors")
    loaded = load(folder)
    assert loaded.backbone.card.id == "local:mine"
    assert torch.equal(loaded.backbone.source_head.weight, backbone.source_head.weight)


def test_a_path_can_be_described_by_itself(tmp_path):
    """The name is the path."""
    source = model_sources.get("local")
    assert source.card(str(write_timm_pair(tmp_path))).id == "local:tiny"
    with pytest.raises(ModelUnavailable):
        source.card(str(tmp_path / "gone"))
