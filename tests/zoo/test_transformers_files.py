"""What the JSON files of an encoder say about its input."""

import json

import pytest

from automl_tl.errors import ModelUnavailable
from automl_tl.zoo.card import TextInput
from automl_tl.zoo.transformers_files import read_json, text_input


def write(folder, config, sentence=None, pooling=None):
    (folder / "config.json").write_text(json.dumps(config))
    if sentence is not None:
        (folder / "sentence_bert_config.json").write_text(json.dumps(sentence))
    if pooling is not None:
        (folder / "1_Pooling").mkdir()
        (folder / "1_Pooling" / "config.json").write_text(json.dumps(pooling))
    return folder


def test_a_bare_encoder_gets_mean_pooling_and_128_tokens(tmp_path):
    """Cheap enough for every machine."""
    assert text_input(write(tmp_path, {"max_position_embeddings": 512})) == TextInput(128, "mean")


def test_a_sentence_encoder_says_how_it_was_trained(tmp_path):
    """Length and pooling come from its own files."""
    folder = write(
        tmp_path, {"max_position_embeddings": 514}, {"max_seq_length": 256}, {"pooling_mode_cls_token": True}
    )
    assert text_input(folder) == TextInput(256, "cls")


@pytest.mark.parametrize(("positions", "expected"), [(40, 38), (100_000, 512), (None, 512)])
def test_never_more_tokens_than_there_are_positions(tmp_path, positions, expected):
    """And never more than 512."""
    config = {} if positions is None else {"max_position_embeddings": positions}
    assert text_input(write(tmp_path, config, {"max_seq_length": 9999})).max_length == expected


@pytest.mark.parametrize("content", ["{", "[1]", None])
def test_a_file_that_cannot_be_used_is_named(tmp_path, content):
    """Missing, broken or not an object."""
    path = tmp_path / "config.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(ModelUnavailable, match=r"config\.json"):
        read_json(path)
