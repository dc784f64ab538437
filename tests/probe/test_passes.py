"""Forward passes over rows: cancellable, within memory, and honest about failure."""

import threading

import numpy as np
import pytest
import torch

from automl_tl.errors import Cancelled, DatasetError, ModelUnavailable
from automl_tl.probe.cache import EmbeddingCache
from automl_tl.probe.extract import embed
from automl_tl.testing.tiny_models import tiny_image_model
from automl_tl.zoo.backbone import LoadedModel


def test_a_model_that_fails_on_the_data_is_unavailable(image_model, images, monkeypatch):
    """Any error inside the network becomes the model's reason, not the job's end."""

    def fail(batch, layers):
        raise RuntimeError("shapes do not fit\nmore text")

    monkeypatch.setattr(image_model.backbone, "embed_layers", fail)
    with pytest.raises(ModelUnavailable, match=r"shapes do not fit$"):
        embed(image_model, images, [0])


def test_memory_that_runs_out_halves_the_batch(image_model, images, monkeypatch):
    """Down to one example, then the model is given up."""
    original, sizes = image_model.backbone.embed_layers, []

    def limited(batch, layers, most=2):
        sizes.append(len(batch["pixels"]))
        if sizes[-1] > most:
            raise torch.cuda.OutOfMemoryError("full")
        return original(batch, layers)

    monkeypatch.setattr(torch.cuda, "empty_cache", lambda: None)
    monkeypatch.setattr(image_model.backbone, "embed_layers", limited)
    assert len(embed(image_model, images, range(4), batch_size=8).rows) == 4
    assert sizes == [4, 4, 2, 2]
    monkeypatch.setattr(image_model.backbone, "embed_layers", lambda *given: limited(*given, most=0))
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


def test_leaves_the_weights_contiguous(image_model, images):
    """Fine-tuning and saving start from the layout that was loaded."""
    embed(image_model, images, [0])
    assert all(parameter.is_contiguous() for parameter in image_model.backbone.parameters())


def test_no_thread_is_left_behind(image_model, images):
    """Neither at the end nor when somebody stops it."""
    before = set(threading.enumerate())
    embed(image_model, images, range(6), batch_size=2)
    answers = iter([False, True])
    with pytest.raises(Cancelled):
        embed(image_model, images, range(6), batch_size=2, cancelled=lambda: next(answers))
    assert set(threading.enumerate()) <= before


def test_inputs_are_prepared_one_batch_ahead_at_most(image_model, images, monkeypatch):
    """Decoded images are large: their number does not follow the dataset's."""
    prepared, finished = [], []
    original = image_model.backbone.preprocess
    monkeypatch.setattr(
        image_model.backbone, "preprocess", lambda examples: prepared.append(len(examples)) or original(examples)
    )
    ahead = []
    embed(
        image_model,
        images,
        range(12),
        batch_size=1,
        progress=lambda _: (finished.append(1), ahead.append(len(prepared) - len(finished))),
    )
    assert len(finished) == 12
    assert max(ahead) <= 2


def test_a_model_that_cannot_prepare_the_data_is_unavailable(image_model, images, monkeypatch):
    """Though that happens in another thread."""

    def fail(examples):
        raise ValueError("no such crop")

    monkeypatch.setattr(image_model.backbone, "preprocess", fail)
    with pytest.raises(ModelUnavailable, match="tiny-image fails on this data: no such crop"):
        embed(image_model, images, [0])


@pytest.mark.parametrize(("size", "expected"), [(32, [12]), (448, [4, 4, 4])])
def test_a_cpu_gets_few_large_images_at_once(images, size, expected):
    """Its caches hold no more; small ones all go at once."""
    loaded, seen = LoadedModel(tiny_image_model(size=size), "a" * 64), []
    embed(loaded, images, range(12), progress=seen.append, device="cpu")
    assert np.diff([0.0, *seen]) * 12 == pytest.approx(expected)


def test_a_cpu_gets_few_texts_at_once(text_model, texts):
    """Short ones first, so that each batch pads little."""
    widths = []
    original = text_model.backbone.embed_layers

    def watched(batch, layers):
        widths.append(tuple(batch["input_ids"].shape))
        return original(batch, layers)

    text_model.backbone.embed_layers = watched
    embed(text_model, texts, range(36), device="cpu")
    assert [rows for rows, _ in widths] == [16, 16, 4]
    assert [tokens for _, tokens in widths] == sorted(tokens for _, tokens in widths)


@pytest.mark.gpu
@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_embeddings_on_a_gpu_are_those_of_a_cpu(image_model, images, precision):
    """In float32 to a thousandth of their spread, in bfloat16 to a tenth; batches come from pinned memory."""
    here = embed(image_model, images, range(12), device="cpu", precision="float32").features
    there = embed(image_model, images, range(12), device="cuda", precision=precision).features
    spread = here.std()
    assert abs(there - here).max() < (1e-3 if precision == "float32" else 0.1) * max(spread, 1.0)
    assert next(image_model.backbone.parameters()).device.type == "cpu"


@pytest.mark.gpu
def test_automatic_precision_on_a_gpu_is_bfloat16(image_model, images):
    """And is written down with the embeddings, so that they never mix with others."""
    assert embed(image_model, images, [0, 1]).precision == "bfloat16"
