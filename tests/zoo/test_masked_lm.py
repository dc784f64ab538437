"""The head that predicts hidden words, read from the files of an encoder."""

import json

import pytest
import torch

from automl_tl.errors import ModelUnavailable
from automl_tl.testing.tiny_models import TINY_WORDS, write_masked_lm_folder, write_transformers_folder
from automl_tl.zoo.card import ModelCard, TextInput
from automl_tl.zoo.masked_lm import load_masked_language_model
from automl_tl.zoo.transformers_load import load_transformers
from automl_tl.zoo.weights import read_weights, write_weights

CARD = ModelCard("local", "encoder", "text", "bert", "bert", TextInput(16))
KINDS = {
    "bert": {},
    "roberta": {"pad_token_id": 0},
    "electra": {"embedding_size": 8},
    "distilbert": {"dim": 16, "n_layers": 2, "n_heads": 2, "hidden_dim": 32},
    "modernbert": {
        "pad_token_id": 0,
        "bos_token_id": 2,
        "cls_token_id": 2,
        "eos_token_id": 3,
        "sep_token_id": 3,
        "global_attn_every_n_layers": 2,
    },
    "deberta-v2": {"relative_attention": True, "pos_att_type": ["p2c", "c2p"]},
}


def batch():
    """Return ids, mask, places and tokens of three texts."""
    ids = torch.tensor([[2, 5, 4, 7, 3], [2, 4, 9, 3, 0], [2, 8, 9, 4, 3]])
    return ids, (ids > 0).long(), torch.tensor([2, 1, 3]), torch.tensor([6, 8, 10])


@pytest.mark.parametrize("kind", KINDS)
def test_the_probabilities_are_those_of_the_whole_network(tmp_path, kind):
    """Logits at one place only, tied tensors found again."""
    network = write_masked_lm_folder(tmp_path, kind=kind, **KINDS[kind])
    model = load_masked_language_model(CARD, tmp_path)
    ids, mask, places, tokens = batch()
    with torch.inference_mode():
        logits = network(input_ids=ids, attention_mask=mask).logits
    expected = [logits[row, places[row]].log_softmax(0)[tokens[row]].item() for row in range(3)]
    assert model.log_probabilities(ids, mask, places, tokens).tolist() == pytest.approx(expected, abs=1e-5)
    assert model.vocabulary_size == logits.shape[2]


def test_files_without_the_head_are_told(tmp_path):
    """Its random weights would predict as well as chance."""
    write_transformers_folder(tmp_path)
    with pytest.raises(ModelUnavailable, match=r"holds no masked-language head: it lacks 'cls\.predictions"):
        load_masked_language_model(CARD, tmp_path)


def test_a_discriminator_is_no_generator(tmp_path):
    """ELECTRA's better half never predicts words."""
    write_masked_lm_folder(tmp_path, kind="electra", embedding_size=8)
    path = tmp_path / "model.safetensors"
    state = read_weights(path).tensors
    write_weights({name: value for name, value in state.items() if not name.startswith("generator")}, path)
    with pytest.raises(ModelUnavailable, match="lacks 'generator_"):
        load_masked_language_model(CARD, tmp_path)


def test_an_architecture_without_such_a_head_is_told(tmp_path):
    """A decoder predicts what follows."""
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "gpt2", "n_embd": 16}))
    with pytest.raises(ModelUnavailable, match="'gpt2' has no masked-language head"):
        load_masked_language_model(CARD, tmp_path)


def test_the_head_is_no_part_of_the_backbone(tmp_path):
    """It can be asked for, and neither trains nor is saved."""
    write_masked_lm_folder(tmp_path)
    loaded = load_transformers(CARD, tmp_path)
    assert loaded.masked_language_model().vocabulary_size == 5 + len(TINY_WORDS)
    assert not any("cls" in name or "predictions" in name for name in loaded.backbone.state_dict())
