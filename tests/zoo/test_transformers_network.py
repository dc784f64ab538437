"""Networks of transformers with the weights of a file."""

import pytest
import torch
from transformers import BertModel

from automl_tl.errors import ModelUnavailable
from automl_tl.testing.tiny_models import write_masked_lm_folder, write_transformers_folder
from automl_tl.zoo.transformers_network import network_with_weights, read_config
from automl_tl.zoo.weights import Weights, read_weights


def test_absent_tensors_are_named_in_order(tmp_path):
    """The caller decides which of them it can do without."""
    write_transformers_folder(tmp_path)
    weights = read_weights(tmp_path / "model.safetensors")
    network, absent = network_with_weights(BertModel, read_config(tmp_path), weights, what="local:encoder")
    assert absent == ["pooler.dense.bias", "pooler.dense.weight"]
    assert not network.training


def test_a_prefix_of_pretraining_is_no_obstacle(tmp_path):
    """The encoder is found inside a masked language model."""
    whole = write_masked_lm_folder(tmp_path)
    weights = read_weights(tmp_path / "model.safetensors")
    network, _ = network_with_weights(BertModel, read_config(tmp_path), weights, what="local:encoder")
    assert torch.equal(network.embeddings.word_embeddings.weight, whole.bert.embeddings.word_embeddings.weight)


def test_a_tensor_of_another_shape_names_the_model(tmp_path):
    """In words."""
    write_transformers_folder(tmp_path)
    odd = Weights({"embeddings.word_embeddings.weight": torch.zeros(3, 16)}, "")
    with pytest.raises(ModelUnavailable, match="local:encoder: the weights do not fit"):
        network_with_weights(BertModel, read_config(tmp_path), odd, what="local:encoder")


def test_a_damaged_configuration_is_told(tmp_path):
    """By its file's name."""
    (tmp_path / "config.json").write_text("{")
    with pytest.raises(ModelUnavailable, match=r"config\.json cannot be used"):
        read_config(tmp_path)
