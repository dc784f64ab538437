"""Finding and describing models in a directory."""

import json
import shutil

import pytest

from automl_tl.errors import ModelUnavailable, SpecError
from automl_tl.testing.tiny_models import tiny_image_model, write_timm_pair, write_transformers_folder
from automl_tl.zoo.local_models import describe_local, fingerprint_path, local_cards, timm_settings
from automl_tl.zoo.weights import write_weights


def test_finds_pairs_and_folders_side_by_side(tmp_path):
    """Hidden entries, fingerprints and other files are passed over."""
    write_timm_pair(tmp_path, "net")
    write_timm_pair(tmp_path / "more", "other")
    write_transformers_folder(tmp_path / "encoder")
    shutil.copy(tmp_path / "net.safetensors", tmp_path / "net.fingerprint.safetensors")
    (tmp_path / "README.md").write_text("hello")
    (tmp_path / ".cache").mkdir()
    cards = local_cards(tmp_path, "image")
    assert sorted((card.id, card.modality) for card in cards) == [
        ("local:encoder", "text"),
        ("local:net", "image"),
        ("local:other", "image"),
    ]


def test_a_directory_that_is_a_model_is_one(tmp_path):
    """Its own name is the model's."""
    (card,) = local_cards(write_transformers_folder(tmp_path / "my encoder"), "text")
    assert card.id == "local:my-encoder"
    assert card.architecture == "bert"
    assert card.parameters > 0


def test_the_description_beside_the_weights_is_read(tmp_path):
    """Size as one side or as height and width, with or without channels."""
    place = write_timm_pair(tmp_path, input_size=[3, 24, 32], crop_pct=0.9, pretraining="birds", params=77)
    card = describe_local(place)
    assert card.input.size == (24, 32)
    assert card.input.crop_fraction == 0.9
    assert (card.domain, card.parameters, card.licence) == ("birds", 77, "Apache-2.0")


def test_padding_and_other_settings_reach_timm(tmp_path):
    """pad_type is a keyword argument of the architecture."""
    settings = timm_settings(write_timm_pair(tmp_path, pad_type="same"))
    assert settings["kwargs"]["pad_type"] == "same"
    assert settings["num_classes"] == 5
    assert len(settings["sha256"]) == 64


def test_timms_own_folder_layout_is_understood(tmp_path):
    """As downloaded from the hub: config.json with pretrained_cfg."""
    config = {
        "architecture": "resnet18",
        "num_classes": 0,
        "model_args": tiny_image_model().config["kwargs"],
        "pretrained_cfg": {"input_size": [3, 64, 64], "mean": [0.1] * 3, "std": [0.2] * 3, "crop_pct": 0.8},
    }
    (tmp_path / "config.json").write_text(json.dumps(config))
    write_weights(tiny_image_model().native_state_dict(), tmp_path / "model.safetensors")
    card = describe_local(tmp_path)
    assert card.input.size == (64, 64)
    assert card.input.mean == (0.1, 0.1, 0.1)
    assert card.parameters > 0


def test_models_of_one_name_are_told_apart(tmp_path):
    """By the folder above."""
    for folder in ("a", "b"):
        write_timm_pair(tmp_path / folder, "net")
    assert sorted(card.id for card in local_cards(tmp_path, "image")) == ["local:b-net", "local:net"]


@pytest.mark.parametrize(
    "description", [None, "{", '{"num_classes": 3}', '{"arch": "resnet18", "input_size": [1]}']
)
def test_a_damaged_description_is_listed_and_told_at_loading(tmp_path, description):
    """So that the ranking can show the model with its reason."""
    place = write_timm_pair(tmp_path)
    path = place.with_suffix(".json")
    path.unlink() if description is None else path.write_text(description)
    (card,) = local_cards(tmp_path, "image")
    assert (card.id, card.location) == ("local:tiny", str(place))
    with pytest.raises(ModelUnavailable):
        describe_local(place)


@pytest.mark.parametrize("make", [lambda path: path.mkdir(), lambda path: path.write_text("x"), lambda path: None])
def test_a_place_without_models_is_refused(tmp_path, make):
    """Empty, a file, or missing."""
    make(tmp_path / "models")
    with pytest.raises(SpecError, match="local:"):
        local_cards(tmp_path / "models", "image")


def test_fingerprints_lie_beside_the_weights(tmp_path):
    """Under the model's stem, or inside its folder."""
    assert fingerprint_path(write_timm_pair(tmp_path)).name == "tiny.fingerprint.safetensors"
    assert fingerprint_path(tmp_path) == tmp_path / "fingerprint.safetensors"
