"""Fingerprints kept by the weights they belong to."""

import logging
from dataclasses import replace

import numpy as np
import pytest

from automl_tl.errors import InvalidInput
from automl_tl.testing.tiny_models import tiny_image_model, tiny_text_model
from automl_tl.zoo.backbone import LoadedModel
from automl_tl.zoo.card import Fingerprint, ImageInput
from automl_tl.zoo.fingerprint_store import (
    fingerprint_directory,
    keep_fingerprint,
    stored_fingerprint_path,
    with_stored_fingerprint,
)

KEPT = Fingerprint(np.zeros(16, np.float32), np.eye(16, dtype=np.float32), 9)


@pytest.fixture(autouse=True)
def directory(tmp_path, monkeypatch):
    """An empty store."""
    monkeypatch.setenv("AUTOML_TL_FINGERPRINTS", str(tmp_path / "kept"))
    return tmp_path / "kept"


@pytest.fixture
def loaded():
    """A model that comes without a fingerprint."""
    return LoadedModel(tiny_image_model(), "a" * 64)


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({}, "HOME/.local/share/automl-tl/fingerprints"),
        ({"XDG_DATA_HOME": "/data"}, "/data/automl-tl/fingerprints"),
        ({"XDG_DATA_HOME": "relative"}, "HOME/.local/share/automl-tl/fingerprints"),
        ({"XDG_DATA_HOME": "/data", "AUTOML_TL_FINGERPRINTS": "/shared/prints"}, "/shared/prints"),
        ({"AUTOML_TL_FINGERPRINTS": "~/prints"}, "HOME/prints"),
    ],
)
def test_lies_where_the_user_keeps_data(monkeypatch, tmp_path, variables, expected):
    """By the XDG rules, unless named."""
    for name in ("XDG_DATA_HOME", "AUTOML_TL_FINGERPRINTS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert str(fingerprint_directory()) == expected.replace("HOME", str(tmp_path))


def test_is_found_by_these_weights_only(loaded, directory):
    """Whatever the model is called; others keep what they came with."""
    assert with_stored_fingerprint(loaded) is loaded
    path = keep_fingerprint(KEPT, loaded)
    assert [path] == list(directory.iterdir())
    renamed = LoadedModel(tiny_image_model(), loaded.weights_digest)
    renamed.backbone.card = replace(renamed.backbone.card, source="hf", model="someone/else")
    assert with_stored_fingerprint(renamed).fingerprint.count == 9
    own = replace(KEPT, count=5)
    assert with_stored_fingerprint(replace(renamed, weights_digest="b" * 64, fingerprint=own)).fingerprint is own


def test_goes_before_what_the_model_came_with(loaded):
    """It was made on purpose, and later."""
    keep_fingerprint(KEPT, loaded)
    assert with_stored_fingerprint(replace(loaded, fingerprint=replace(KEPT, count=5))).fingerprint.count == 9


def test_inputs_prepared_in_another_way_have_their_own(loaded):
    """Another size or pooling is another place in the embedding space."""
    keep_fingerprint(KEPT, loaded)
    loaded.backbone.card = replace(loaded.backbone.card, input=ImageInput(size=(64, 64)))
    assert with_stored_fingerprint(loaded).fingerprint is None
    by_mean, by_first = (
        stored_fingerprint_path(LoadedModel(tiny_text_model(pooling=pooling), "a" * 64))
        for pooling in ("mean", "cls")
    )
    assert by_mean != by_first


def test_a_newer_one_takes_the_place_of_the_older(loaded, directory):
    """And nothing else is left."""
    keep_fingerprint(KEPT, loaded)
    keep_fingerprint(replace(KEPT, count=10), loaded)
    assert with_stored_fingerprint(loaded).fingerprint.count == 10
    assert len(list(directory.iterdir())) == 1


def test_a_damaged_one_costs_a_warning_and_not_the_model(loaded, caplog):
    """It is evidence beside others."""
    keep_fingerprint(KEPT, loaded).write_bytes(b"not a fingerprint")
    with caplog.at_level(logging.WARNING):
        assert with_stored_fingerprint(loaded) is loaded
    assert "the fingerprint kept for local:tiny-image is left out" in caplog.text


def test_a_place_that_cannot_be_written_to_is_told(loaded, directory, monkeypatch):
    """With the variable that names another."""
    directory.write_text("a file")
    with pytest.raises(InvalidInput):
        keep_fingerprint(KEPT, loaded)
    directory.unlink()
    monkeypatch.setattr("tempfile.mkdtemp", _full)
    with pytest.raises(InvalidInput, match="set AUTOML_TL_FINGERPRINTS"):
        keep_fingerprint(KEPT, loaded)


def _full(*_, **__):
    raise OSError(28, "No space left on device")
