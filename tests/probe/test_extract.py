"""Embedding rows of a dataset: complete, cached, by what it is made of, and at a precision that holds."""

import numpy as np
import pytest
import torch

from automl_tl.errors import InvalidInput, ModelUnavailable
from automl_tl.probe.cache import EmbeddingCache
from automl_tl.probe.extract import embed, embed_layers
from automl_tl.zoo.backbone import LoadedModel


@pytest.fixture
def counted(image_model, monkeypatch):
    """Count the examples that pass through the image model."""
    seen = []
    original = image_model.backbone.preprocess
    monkeypatch.setattr(
        image_model.backbone, "preprocess", lambda examples: seen.append(len(examples)) or original(examples)
    )
    return seen


@pytest.fixture
def counted_text(text_model, monkeypatch):
    """Count the examples that pass through the text model."""
    seen = []
    original = text_model.backbone.preprocess
    monkeypatch.setattr(
        text_model.backbone, "preprocess", lambda examples: seen.append(len(examples)) or original(examples)
    )
    return seen


def test_embeds_images_with_source_probabilities(image_model, images):
    """One row each, ascending, and probabilities that add up to one."""
    found = embed(image_model, images, [7, 2, 2, 4], batch_size=2)
    assert found.rows.tolist() == [2, 4, 7]
    assert found.features.shape == (3, 16)
    assert found.features.dtype == np.float32
    assert found.source_probs.sum(axis=1) == pytest.approx(np.ones(3), abs=1e-5)
    assert found.seconds > 0
    assert found.model == "local:tiny-image"


def test_texts_of_any_length_land_on_their_own_row(text_model, texts):
    """They are read by length and put back in order; batches do not matter."""
    together = embed(text_model, texts, range(len(texts)), batch_size=5)
    for row in (0, 17, 35):
        alone = embed(text_model, texts, [row])
        assert alone.features[0] == pytest.approx(together.select(np.array([row]))[0], abs=1e-5)
    assert together.source_probs is None


def test_cached_rows_are_not_computed_again(image_model, images, counted, tmp_path):
    """A superset embeds what is missing; a subset nothing."""
    cache = EmbeddingCache(tmp_path / "cache")
    first = embed(image_model, images, [0, 1, 2], cache=cache)
    larger = embed(image_model, images, [1, 2, 3, 4], cache=cache)
    smaller = embed(image_model, images, [4, 0], cache=cache)
    assert counted == [3, 2]
    assert larger.rows.tolist() == [1, 2, 3, 4]
    assert smaller.rows.tolist() == [0, 4]
    assert smaller.seconds == 0.0
    assert np.array_equal(smaller.select(np.array([0])), first.select(np.array([0])))
    assert smaller.source_probs.shape == (2, 5)


def test_a_damaged_cache_is_computed_again(image_model, images, counted, tmp_path):
    """And repaired on the way."""
    cache = EmbeddingCache(tmp_path / "cache")
    embed(image_model, images, [0, 1], cache=cache)
    next((tmp_path / "cache" / images.digest).iterdir()).write_bytes(b"damaged")
    embed(image_model, images, [0, 1], cache=cache)
    embed(image_model, images, [0, 1], cache=cache)
    assert counted == [2, 2]


def test_unusable_embeddings_are_refused_and_not_cached(image_model, images, tmp_path):
    """NaN names the model and the first row."""
    with torch.no_grad():
        next(image_model.backbone.parameters()).fill_(float("nan"))
    with pytest.raises(ModelUnavailable, match="tiny-image gives NaN"):
        embed(image_model, images, [0, 1], cache=EmbeddingCache(tmp_path / "cache"))
    assert not (tmp_path / "cache").exists()


def test_a_full_disk_costs_nothing_but_the_cache(image_model, images, tmp_path, monkeypatch):
    """The embeddings are there; the next run computes them again."""

    def full(*_):
        raise OSError("no space left on device")

    cache = EmbeddingCache(tmp_path / "cache")
    monkeypatch.setattr(cache, "store", full)
    assert len(embed(image_model, images, [0], cache=cache).rows) == 1


@pytest.mark.parametrize("model", ["image_model", "text_model"])
def test_all_choices_of_layers_come_from_one_pass(request, model, images, texts, tmp_path):
    """Each is what the model gives with that choice on its card, and is found in the cache as such."""
    loaded: LoadedModel = request.getfixturevalue(model)
    dataset = images if model == "image_model" else texts
    cache = EmbeddingCache(tmp_path / "cache")
    together = embed_layers(loaded, dataset, range(9), batch_size=4, cache=cache)
    assert tuple(together) == loaded.backbone.layer_choices
    for layers, found in together.items():
        chosen = loaded.with_layers(layers)
        alone = embed(chosen, dataset, range(9), batch_size=4)
        assert (found.layers, alone.layers) == (layers, layers)
        assert np.array_equal(found.features, alone.features)
        assert found.features.shape == (9, chosen.backbone.embedding_size)
        again = embed(chosen, dataset, range(9), cache=cache)
        assert (again.seconds, again.layers) == (0.0, layers)
        assert np.array_equal(again.features, found.features)
    if model == "image_model":
        assert np.array_equal(together["last"].source_probs, together["stages"].source_probs)


def test_only_the_rows_that_a_choice_lacks_are_computed(image_model, images, counted, tmp_path):
    """One pass over all of them; what was cached stays as it was."""
    cache = EmbeddingCache(tmp_path / "cache")
    before = embed(image_model, images, [0, 1, 2], cache=cache)
    found = embed_layers(image_model, images, [1, 2, 3, 4], layers=("last", "stages"), cache=cache)
    assert counted == [3, 4]
    assert found["last"].rows.tolist() == found["stages"].rows.tolist() == [1, 2, 3, 4]
    shared = np.array([1, 2])
    assert np.array_equal(found["last"].select(shared), before.select(shared))
    embed_layers(image_model, images, [0, 4], layers=("last",), cache=cache)
    assert counted == [3, 4]
    embed_layers(image_model, images, [0, 4], cache=cache)
    assert counted == [3, 4, 1]
    assert len(list((tmp_path / "cache" / images.digest).iterdir())) == 2


def test_a_choice_that_is_not_offered_is_refused(image_model, images):
    """Before anything is read."""
    with pytest.raises(ModelUnavailable, match="layers must be one of last, stages but got 'mean'"):
        embed_layers(image_model, images, [0], layers=("last", "mean"))


def test_no_rows_give_no_embeddings(image_model, images):
    """Of the right width, where it is known without a pass."""
    assert embed(image_model, images, []).features.shape == (0, 16)


def test_precisions_are_cached_apart(text_model, texts, counted_text, tmp_path):
    """Close to each other, and never mixed."""
    cache = EmbeddingCache(tmp_path / "cache")
    exact = embed(text_model, texts, range(8), precision="float32", cache=cache)
    rounded = embed(text_model, texts, range(8), precision="bfloat16", cache=cache)
    assert (exact.precision, rounded.precision) == ("float32", "bfloat16")
    assert not np.array_equal(exact.features, rounded.features)
    assert rounded.features == pytest.approx(exact.features, abs=0.1)
    for asked, expected in (("float32", exact), ("bfloat16", rounded)):
        found = embed(text_model, texts, range(8), precision=asked, cache=cache)
        assert np.array_equal(found.features, expected.features)
        assert found.precision == asked
    assert counted_text == [8, 8]


def test_a_model_that_overflows_in_bfloat16_is_computed_in_float32(image_model, images, monkeypatch, tmp_path):
    """All of its rows, so that precisions do not mix; only if that fails too the model is refused."""
    original = image_model.backbone.embed_layers
    monkeypatch.setattr(image_model.backbone, "embed_layers", overflowing(original, fail_at=2))
    cache = EmbeddingCache(tmp_path / "cache")
    found = embed(image_model, images, range(6), batch_size=2, precision="bfloat16", cache=cache)
    assert found.precision == "float32"
    monkeypatch.setattr(image_model.backbone, "embed_layers", original)
    expected = embed(image_model, images, range(6), batch_size=2, precision="float32")
    assert np.array_equal(found.features, expected.features)
    assert embed(image_model, images, range(6), precision="float32", cache=cache).seconds == 0.0
    assert len(list((tmp_path / "cache" / images.digest).iterdir())) == 1


def overflowing(original, fail_at):
    """Return ``embed_layers`` that gives infinity in one batch below float32."""
    calls = []

    def embed_or_overflow(batch, layers):
        found, logits = original(batch, layers)
        calls.append(len(batch["pixels"]))
        if torch.is_autocast_enabled("cpu") and len(calls) == fail_at:
            found = {name: values / 0 for name, values in found.items()}
        return found, logits

    return embed_or_overflow


def test_an_unknown_precision_is_refused(image_model, images):
    """The caller is told the known ones."""
    with pytest.raises(InvalidInput, match="float16"):
        embed(image_model, images, [0], precision="float16")
