"""``zoo`` shows the starter models and passes pretraining on."""

import sys
from types import ModuleType

import pytest


def test_starter_models_are_listed(invoke):
    answer = invoke("zoo", "list")
    assert answer.exit_code == 0
    assert "starter:" in answer.stdout


def test_a_model_card_tells_data_and_limits(invoke):
    name = next(word for word in invoke("zoo", "list").stdout.split() if word.startswith("starter:"))
    card = invoke("zoo", "card", name).stdout
    assert name in card
    assert "## Limits" in card
    assert "Apache-2.0" in card


def test_an_unknown_model_is_wrong_usage(invoke):
    answer = invoke("zoo", "card", "gpt")
    assert answer.exit_code == 2
    assert "there is no starter model 'gpt'; known:" in answer.stderr


@pytest.mark.parametrize("name", ["glyphs-resnet", "starter:glyphs-resnet"])
def test_pretraining_is_told_what_and_where(invoke, monkeypatch, tmp_path, name):
    calls = []

    def pretrain(name, directory, *, seed, steps, progress):
        progress(1, 2, 0.5)
        calls.append((name, directory, seed, steps))
        return directory / name

    module = ModuleType("automl_tl.zoo.starter.pretrain")
    module.pretrain = pretrain
    monkeypatch.setitem(sys.modules, "automl_tl.zoo.starter.pretrain", module)
    answer = invoke("zoo", "pretrain", name, "--out", tmp_path, "--seed", "3", "--steps", "2")
    assert answer.stdout.strip() == str(tmp_path / "glyphs-resnet")
    assert calls == [("glyphs-resnet", tmp_path, 3, 2)]
