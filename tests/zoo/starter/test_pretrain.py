"""Reproducing a starter model."""

import numpy as np
import pytest

from automl_tl.errors import NotFound
from automl_tl.names import digest_file
from automl_tl.zoo.starter import pretrain as pretrain_module
from automl_tl.zoo.starter.cards import read_record
from automl_tl.zoo.starter.loading import load_directory
from automl_tl.zoo.starter.pretrain import pretrain

LAYOUT = {"card.json", "model.safetensors", "fingerprint.safetensors", "MODEL_CARD.md"}


@pytest.fixture(autouse=True)
def few_fresh_examples(monkeypatch):
    """Accuracy and fingerprint of a model of three updates need no 2,000 examples."""
    monkeypatch.setattr(pretrain_module, "_FRESH", 200)


@pytest.mark.parametrize(
    ("name", "assets"), [("cells-efficientnet", set()), ("documentation-electra", {"tokenizer.json"})]
)
def test_three_updates_write_the_full_layout(tmp_path, name, assets):
    """What is written loads, embeds, and tells how it was made."""
    seen = []
    target = pretrain(name, tmp_path, seed=4, steps=3, progress=lambda step, steps, loss: seen.append(step))
    assert target == tmp_path / name
    assert {file.name for file in target.iterdir()} == LAYOUT | assets
    assert seen == [1, 2, 3]
    loaded, record = load_directory(target), read_record(target)
    assert loaded.fingerprint.count == 200
    assert np.isfinite(loaded.fingerprint.covariance).all()
    assert (record["recipe"]["steps"], record["seed"]) == (3, 4)
    assert record["parameters"] == sum(parameter.numel() for parameter in loaded.backbone.parameters())


def test_the_same_seed_writes_the_same_weights(tmp_path):
    """Byte for byte on one machine."""
    first, again = (pretrain("cells-efficientnet", tmp_path / part, steps=2) for part in "ab")
    assert digest_file(first / "model.safetensors") == digest_file(again / "model.safetensors")
    assert digest_file(first / "fingerprint.safetensors") == digest_file(again / "fingerprint.safetensors")


def test_an_unknown_name_writes_nothing(tmp_path):
    """The error comes before any directory is made."""
    with pytest.raises(NotFound):
        pretrain("no-such-model", tmp_path / "out")
    assert not (tmp_path / "out").exists()
