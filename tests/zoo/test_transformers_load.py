"""Directories in transformers' layout become loaded models."""

import json

import pytest
import torch
from transformers import BertTokenizer

from automl_tl.errors import ModelUnavailable
from automl_tl.testing.tiny_models import TINY_WORDS, tiny_text_model, write_transformers_folder
from automl_tl.zoo.card import ModelCard, TextInput
from automl_tl.zoo.transformers_load import load_transformers
from automl_tl.zoo.weights import read_weights, write_weights

CARD = ModelCard("local", "encoder", "text", "bert", "bert", TextInput(16))


def embed(backbone):
    with torch.inference_mode():
        return backbone(backbone.preprocess(["the storm near a stadium", "good"]))


def test_gives_the_embeddings_that_were_saved(tmp_path):
    """Bit by bit."""
    loaded = load_transformers(CARD, write_transformers_folder(tmp_path, seed=4), commit="abc")
    assert torch.equal(embed(loaded.backbone), embed(tiny_text_model(seed=4)))
    assert loaded.resolved_revision == "abc"
    assert loaded.backbone.card.id == "local:encoder"


def test_names_of_a_pretraining_checkpoint_are_understood(tmp_path):
    """Masked language models carry a prefix and a head."""
    write_transformers_folder(tmp_path, seed=4)
    state = read_weights(tmp_path / "model.safetensors").tensors
    longer = {f"bert.{key}": value for key, value in state.items()} | {"cls.predictions.bias": torch.zeros(3)}
    write_weights(longer, tmp_path / "model.safetensors")
    assert torch.equal(embed(load_transformers(CARD, tmp_path).backbone), embed(tiny_text_model(seed=4)))


def test_half_precision_files_compute_in_single(tmp_path):
    """Also where the config asks for half."""
    write_transformers_folder(tmp_path)
    config = json.loads((tmp_path / "config.json").read_text()) | {"dtype": "float16"}
    (tmp_path / "config.json").write_text(json.dumps(config))
    backbone = load_transformers(CARD, tmp_path).backbone
    assert {parameter.dtype for parameter in backbone.parameters()} == {torch.float32}


def test_a_missing_tensor_is_named(tmp_path):
    """It would stay random and nobody would notice."""
    write_transformers_folder(tmp_path)
    state = read_weights(tmp_path / "model.safetensors").tensors
    del state["encoder.layer.1.output.dense.bias"]
    write_weights(state, tmp_path / "model.safetensors")
    with pytest.raises(ModelUnavailable, match=r"lacks 'encoder\.layer\.1\.output\.dense\.bias'"):
        load_transformers(CARD, tmp_path)


def test_a_tensor_of_another_shape_is_refused(tmp_path):
    """The weights belong to another size."""
    write_transformers_folder(tmp_path)
    state = read_weights(tmp_path / "model.safetensors").tensors
    state["embeddings.word_embeddings.weight"] = torch.zeros(3, 16)
    write_weights(state, tmp_path / "model.safetensors")
    with pytest.raises(ModelUnavailable, match="do not fit"):
        load_transformers(CARD, tmp_path)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"model_type": "no-such-type"}, r"config\.json"),
        ({"auto_map": {"AutoConfig": "evil.Config"}, "model_type": "evil"}, r"config\.json"),
    ],
)
def test_other_architectures_are_refused(tmp_path, change, reason):
    """Code that a directory brings along is never run."""
    write_transformers_folder(tmp_path)
    marker = tmp_path / "ran"
    (tmp_path / "evil.py").write_text(f"open({str(marker)!r}, 'w')")
    config = json.loads((tmp_path / "config.json").read_text()) | change
    (tmp_path / "config.json").write_text(json.dumps(config))
    with pytest.raises(ModelUnavailable, match=reason):
        load_transformers(CARD, tmp_path)
    assert not marker.exists()


def test_an_encoder_decoder_is_refused(tmp_path):
    """Its decoder has nothing to embed."""
    write_transformers_folder(tmp_path)
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "t5", "d_model": 16}))
    with pytest.raises(ModelUnavailable, match="not an encoder"):
        load_transformers(CARD, tmp_path)


def test_a_vocabulary_without_tokenizer_json_is_converted(tmp_path):
    """Older encoders publish vocab.txt only."""
    write_transformers_folder(tmp_path, seed=4)
    (tmp_path / "tokenizer.json").unlink()
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *TINY_WORDS]
    (tmp_path / "vocab.txt").write_text("\n".join(vocabulary))
    (tmp_path / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": BertTokenizer.__name__}))
    backbone = load_transformers(CARD, tmp_path).backbone
    assert torch.equal(embed(backbone), embed(tiny_text_model(seed=4)))
    assert backbone.mask_token_id == 4


def test_a_directory_without_tokenizer_is_refused(tmp_path):
    """Weights alone cannot read a text."""
    write_transformers_folder(tmp_path)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        (tmp_path / name).unlink()
    with pytest.raises(ModelUnavailable, match="tokenizer"):
        load_transformers(CARD, tmp_path)
