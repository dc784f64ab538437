"""Fetching from the hub's cache, and clear words when there is neither cache nor network."""

import huggingface_hub
import pytest

from automl_tl.errors import ModelUnavailable
from automl_tl.testing.tiny_models import write_hub_cache
from automl_tl.zoo.hub import fetch_snapshot

COMMIT = "c0ffee" * 6 + "c0de"


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """An empty hub cache, and no network."""
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    return tmp_path


def test_a_cached_model_needs_no_network(cache):
    """The commit is the one the cache has resolved."""
    (write_hub_cache(cache, "owner/net", COMMIT) / "model.safetensors").write_bytes(b"w")
    found = fetch_snapshot("owner/net", "", ["model.safetensors"], ["model.safetensors"])
    assert found.commit == COMMIT
    assert (found.directory / "model.safetensors").read_bytes() == b"w"


def test_a_pinned_commit_is_found(cache):
    """And another one is not replaced by it."""
    (write_hub_cache(cache, "owner/net", COMMIT) / "model.safetensors").write_bytes(b"w")
    assert fetch_snapshot("owner/net", COMMIT, ["*"], ["model.safetensors"]).commit == COMMIT
    with pytest.raises(ModelUnavailable):
        fetch_snapshot("owner/net", "0" * 40, ["*"], ["model.safetensors"])


def test_without_cache_and_network_the_sentence_helps(cache):
    """It names the repository and what can be done."""
    with pytest.raises(ModelUnavailable, match=r"owner/net is not in this machine's .* cache.*starter"):
        fetch_snapshot("owner/net", "", ["*"], ["model.safetensors"])


def test_an_incomplete_snapshot_is_not_taken_for_the_model(cache):
    """Only the config was fetched once; the weights are missing."""
    (write_hub_cache(cache, "owner/net", COMMIT) / "config.json").write_text("{}")
    with pytest.raises(ModelUnavailable):
        fetch_snapshot("owner/net", "", ["*"], ["model.safetensors"])


@pytest.mark.parametrize("name", ["a/b/c", "..", "owner/na me"])
def test_names_that_no_repository_can_have_are_told(cache, name):
    """Before any request."""
    with pytest.raises(ModelUnavailable, match="no repository"):
        fetch_snapshot(name, "", ["*"], ["model.safetensors"])
