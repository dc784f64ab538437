"""Saved models come back whole, or not at all."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import BertConfig

from automl_tl.errors import AutomlError, DataCorrupted, FailedPrecondition, InvalidInput, NotFound
from automl_tl.finetune.classifier import Classifier, random_head
from automl_tl.finetune.fitted import FittedModel, load
from automl_tl.finetune.model_archive import pack
from automl_tl.finetune.recipe import Recipe
from automl_tl.names import digest_file
from automl_tl.testing.strategy import tiny_image_backbone
from automl_tl.zoo.card import ModelCard, TextInput
from automl_tl.zoo.tokens import TextTokenizer
from automl_tl.zoo.transformers_backbone import TransformersBackbone

NAMES = ("a", "b", "ü")


@pytest.fixture
def model() -> FittedModel:
    backbone = tiny_image_backbone()
    classifier = Classifier(backbone, random_head(3, backbone.embedding_size, seed=0))
    recipe = Recipe("partial_unfreezing", learning_rate=2e-4)
    return FittedModel.of(classifier.eval(), NAMES, recipe=recipe, notes={"job": "job-1"})


@pytest.fixture
def saved(model, tmp_path):
    return model.save(tmp_path / "model")


def text_model() -> FittedModel:
    words = {word: index for index, word in enumerate(["[PAD]", "[UNK]", "good", "bad", "film"])}
    tokenizer = Tokenizer(models.WordLevel(words, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    config = BertConfig(
        vocab_size=5, hidden_size=8, num_hidden_layers=1, num_attention_heads=2, intermediate_size=8
    ).to_dict()
    card = ModelCard("local", "tiny-text", "text", "bert", "bert", TextInput(max_length=12))
    backbone = TransformersBackbone(
        card, {"library": "transformers", "config": config}, TextTokenizer(tokenizer, max_length=12, special={})
    )
    return FittedModel.of(Classifier(backbone, random_head(2, 8, seed=0)).eval(), ("no", "yes"))


def test_everything_comes_back(model, saved):
    back = load(saved)
    image = np.random.default_rng(0).integers(0, 256, (20, 30, 3), dtype=np.uint8)
    np.testing.assert_allclose(back.logits([image]), model.logits([image]), atol=1e-6)
    assert back.class_names == NAMES
    assert (back.task, back.modality, back.recipe, back.notes) == (
        "classification",
        "image",
        model.recipe,
        model.notes,
    )
    assert back.card.id == model.card.id


def test_a_text_model_brings_its_tokenizer(tmp_path):
    model = text_model()
    texts = ["good film", "bad bad film", "never seen"]
    back = load(model.save(tmp_path / "m"))
    np.testing.assert_allclose(back.logits(texts), model.logits(texts), atol=1e-6)
    assert (tmp_path / "m" / "assets" / "tokenizer.json").is_file()


def test_what_the_embedding_is_made_of_comes_back(tmp_path):
    backbone = tiny_image_backbone()
    usual = FittedModel.of(Classifier(backbone, random_head(3, 16, seed=0)).eval(), NAMES)
    described = json.loads((usual.save(tmp_path / "usual") / "model.json").read_text())
    assert "layers" not in described["card"]["input"]
    backbone.choose_layers("stages")
    head = random_head(3, backbone.embedding_size, seed=0)
    staged = FittedModel.of(Classifier(backbone, head).eval(), NAMES)
    back = load(staged.save(tmp_path / "staged"))
    image = np.random.default_rng(0).integers(0, 256, (20, 30, 3), dtype=np.uint8)
    assert (back.backbone.layers, back.card.embedding_size) == ("stages", head.weight.shape[1])
    np.testing.assert_allclose(back.logits([image]), staged.logits([image]), atol=1e-6)


def test_a_zip_is_as_good_as_the_directory(saved, tmp_path):
    assert load(pack(saved, tmp_path / "model.zip")).class_names == NAMES


def test_weights_are_float32_safetensors_and_the_readme_says_how_to_load(model, saved):
    model.backbone.half()
    half = load_file(str(model.save(saved.parent / "half") / "model.safetensors"))
    assert {tensor.dtype for tensor in half.values() if tensor.is_floating_point()} == {torch.float32}
    assert "automl_tl.load(" in (saved / "README.md").read_text()


def test_saving_again_replaces_the_model_and_leaves_nothing_behind(model, saved):
    FittedModel(model.backbone, model.head, ("x", "y", "z")).save(saved)
    assert load(saved).class_names == ("x", "y", "z")
    assert [path.name for path in saved.parent.iterdir()] == ["model"]


def test_a_changed_weight_is_refused(saved):
    weights = saved / "model.safetensors"
    damaged = bytearray(weights.read_bytes())
    damaged[-1] ^= 1
    weights.write_bytes(damaged)
    with pytest.raises(DataCorrupted, match=r"model.safetensors: SHA-256 is .* damaged or was changed"):
        load(saved)


def test_weights_that_do_not_fit_the_architecture_are_refused(saved):
    weights = saved / "model.safetensors"
    tensors = load_file(str(weights))
    tensors["head.weight"] = torch.zeros(2, 5)
    save_file(tensors, str(weights))
    described = json.loads((saved / "model.json").read_text())
    described["sha256"]["model.safetensors"] = digest_file(weights)
    (saved / "model.json").write_text(json.dumps(described))
    with pytest.raises(DataCorrupted, match=r"the head has shape \(2, 5\)"):
        load(saved)


@pytest.mark.parametrize("field", ["card", "config", "class_names", "sha256", "recipe", "temperature"])
def test_a_description_without_a_field_is_refused(saved, field):
    described = json.loads((saved / "model.json").read_text())
    del described[field]
    (saved / "model.json").write_text(json.dumps(described))
    with pytest.raises(AutomlError):
        load(saved)


def test_a_digest_list_that_points_outside_is_refused(saved):
    described = json.loads((saved / "model.json").read_text())
    described["sha256"]["../secret"] = "0" * 64
    (saved / "model.json").write_text(json.dumps(described))
    with pytest.raises(DataCorrupted, match=r"'../secret' is missing"):
        load(saved)


def test_a_newer_format_asks_for_an_upgrade(saved):
    described = json.loads((saved / "model.json").read_text())
    (saved / "model.json").write_text(json.dumps({**described, "format_version": 2}))
    with pytest.raises(FailedPrecondition, match="upgrade automl-tl"):
        load(saved)


def test_what_is_no_model_is_refused_in_words(tmp_path):
    with pytest.raises(NotFound, match="no model directory"):
        load(tmp_path / "nowhere")
    with pytest.raises(InvalidInput, match=r"has no model.json"):
        load(tmp_path)
    (tmp_path / "x.bin").write_bytes(b"hello")
    with pytest.raises(InvalidInput, match=r"neither a model directory nor a \.zip"):
        load(tmp_path / "x.bin")
