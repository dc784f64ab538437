"""``zoo`` shows the starter models, passes pretraining on and makes fingerprints."""

import sys
from types import ModuleType

import huggingface_hub
import pytest
import timm

from automl_tl.testing.tiny_models import write_hub_cache, write_timm_pair, write_transformers_folder
from automl_tl.zoo.catalog import load_catalog
from automl_tl.zoo.fingerprints import read_fingerprint
from automl_tl.zoo.local_models import local_cards
from automl_tl.zoo.sources.base import model_sources
from automl_tl.zoo.weights import write_weights


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


@pytest.fixture
def kept(tmp_path, monkeypatch):
    """Where fingerprints are kept."""
    monkeypatch.setenv("AUTOML_TL_FINGERPRINTS", str(tmp_path / "kept"))
    return tmp_path / "kept"


@pytest.mark.parametrize("spelled", ["local:{folder}", "local:{folder}/tiny.safetensors"])
def test_a_fingerprint_is_kept_for_the_weights_of_a_local_model(invoke, tmp_path, image_folder, kept, spelled):
    """The next ranking compares with it, also when the weights have moved."""
    folder = tmp_path / "models"
    write_timm_pair(folder)
    name = spelled.format(folder=folder)
    answer = invoke("zoo", "fingerprint", name, "--data", image_folder, "--examples", "30")
    assert answer.exit_code == 0, answer.stderr
    assert [answer.stdout.strip()] == [str(path) for path in kept.iterdir()]
    assert "30 examples, 16 dimensions, 3 source classes" in answer.stderr
    folder.rename(tmp_path / "moved")
    (card,) = local_cards(tmp_path / "moved", "image")
    fingerprint = model_sources.get("local").load(card).fingerprint
    assert (fingerprint.count, fingerprint.prototypes.shape) == (30, (3, 16))


@pytest.fixture
def hub_cache(tmp_path, monkeypatch):
    """A hub cache on disk, and no network."""
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    return tmp_path / "hub"


def test_a_fingerprint_of_a_hub_encoder_is_found_by_the_next_job(invoke, text_csv, kept, hub_cache):
    """As the job resolves its name."""
    write_transformers_folder(write_hub_cache(hub_cache, "someone/tiny-encoder", "cd" * 20))
    name = "hf:someone/tiny-encoder"
    answer = invoke("zoo", "fingerprint", name, "--data", text_csv)
    assert answer.exit_code == 0, answer.stderr
    assert len(list(kept.iterdir())) == 1
    (card,) = load_catalog().resolve([name], "text")
    assert model_sources.get("hf").load(card).fingerprint.count == 36


def test_a_fingerprint_of_a_timm_model_is_found(invoke, image_folder, kept, hub_cache):
    """Models need not be listed in the catalog."""
    model = "test_resnet.r160_in1k"
    state = timm.create_model(model).state_dict()
    write_weights(state, write_hub_cache(hub_cache, f"timm/{model}", "ab" * 20) / "model.safetensors")
    answer = invoke("zoo", "fingerprint", f"timm:{model}", "--data", image_folder, "--examples", "6")
    assert answer.exit_code == 0, answer.stderr
    source = model_sources.get("timm")
    assert source.load(source.card(model)).fingerprint.count == 6


def test_a_fingerprint_goes_where_it_is_wanted(invoke, tmp_path, text_csv):
    """And has prototypes of the column that is named."""
    folder, out = write_transformers_folder(tmp_path / "encoder"), tmp_path / "new" / "f.safetensors"
    options = ("--data", text_csv, "--target", "speaker", "--out", out)
    answer = invoke("zoo", "fingerprint", f"local:{folder}", *options)
    assert answer.exit_code == 0, answer.stderr
    assert len(read_fingerprint(out).prototypes) == 2
    assert not (folder / "fingerprint.safetensors").exists()


def test_a_fingerprint_is_of_one_model_that_fits_the_data(invoke, tmp_path, image_folder, text_csv):
    """Several models, none and the wrong modality are wrong usage, in words."""
    several = invoke("zoo", "fingerprint", "starter", "--data", image_folder)
    write_timm_pair(tmp_path / "two", "first")
    write_timm_pair(tmp_path / "two", "second")
    here = invoke("zoo", "fingerprint", f"local:{tmp_path / 'two'}", "--data", image_folder)
    unknown = invoke("zoo", "fingerprint", "starter:gpt", "--data", image_folder)
    unfit = invoke("zoo", "fingerprint", f"local:{write_timm_pair(tmp_path / 'm')}", "--data", text_csv)
    assert [answer.exit_code for answer in (several, here, unknown, unfit)] == [2, 2, 2, 2]
    assert f"such as local:{tmp_path / 'two' / 'first.safetensors'}" in here.stderr
    assert "name one of them, such as starter:" in several.stderr
    assert "starter:gpt" in unknown.stderr
    assert "for image data but the dataset is text" in unfit.stderr
