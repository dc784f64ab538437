"""Embedding rows of a dataset: complete, cached, cancellable, and honest about failure."""

import numpy as np
import pytest
import torch

from automl_tl.errors import Cancelled, DatasetError, ModelUnavailable
from automl_tl.probe.cache import EmbeddingCache
from automl_tl.probe.extract import embed


@pytest.fixture
def counted(image_model, monkeypatch):
    """Count the examples that pass through the image model."""
    seen = []
    original = image_model.backbone.preprocess
    monkeypatch.setattr(
        image_model.backbone, "preprocess", lambda examples: seen.append(len(examples)) or original(examples)
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


def test_a_model_that_fails_on_the_data_is_unavailable(image_model, images, monkeypatch):
    """Any error inside the network becomes the model's reason, not the job's end."""

    def fail(batch):
        raise RuntimeError("shapes do not fit\nmore text")

    monkeypatch.setattr(image_model.backbone, "embed_with_source", fail)
    with pytest.raises(ModelUnavailable, match=r"shapes do not fit$"):
        embed(image_model, images, [0])


def test_memory_that_runs_out_halves_the_batch(image_model, images, monkeypatch):
    """Down to one example, then the model is given up."""
    original, sizes = image_model.backbone.embed_with_source, []

    def limited(batch, most=2):
        sizes.append(len(batch["pixels"]))
        if sizes[-1] > most:
            raise torch.cuda.OutOfMemoryError("full")
        return original(batch)

    monkeypatch.setattr(torch.cuda, "empty_cache", lambda: None)
    monkeypatch.setattr(image_model.backbone, "embed_with_source", limited)
    assert len(embed(image_model, images, range(4), batch_size=8).rows) == 4
    assert sizes == [4, 4, 2, 2]
    monkeypatch.setattr(image_model.backbone, "embed_with_source", lambda batch: limited(batch, most=0))
    with pytest.raises(ModelUnavailable, match="memory"):
        embed(image_model, images, range(4), batch_size=2)


def test_stops_when_asked(image_model, images, tmp_path):
    """Before the next batch, and nothing is cached."""
    answers = iter([False, True])
    with pytest.raises(Cancelled):
        embed(
            image_model,
            images,
            range(6),
            batch_size=3,
            cancelled=lambda: next(answers),
            cache=EmbeddingCache(tmp_path / "cache"),
        )
    assert not (tmp_path / "cache").exists()


def test_tells_how_far_it_is(image_model, images):
    """After every batch, up to one."""
    seen = []
    embed(image_model, images, range(5), batch_size=2, progress=seen.append)
    assert seen == pytest.approx([0.4, 0.8, 1.0])


def test_an_unreadable_row_is_the_datasets_fault(image_model, images):
    """The error names the row, whatever the model."""
    (images.root / images.inputs[1]).write_bytes(b"no image")
    with pytest.raises(DatasetError):
        embed(image_model, images, [0, 1])


def test_a_full_disk_costs_nothing_but_the_cache(image_model, images, tmp_path, monkeypatch):
    """The embeddings are there; the next run computes them again."""

    def full(*_):
        raise OSError("no space left on device")

    cache = EmbeddingCache(tmp_path / "cache")
    monkeypatch.setattr(cache, "store", full)
    assert len(embed(image_model, images, [0], cache=cache).rows) == 1


def test_leaves_the_weights_contiguous(image_model, images):
    """Fine-tuning and saving start from the layout that was loaded."""
    embed(image_model, images, [0])
    assert all(parameter.is_contiguous() for parameter in image_model.backbone.parameters())
