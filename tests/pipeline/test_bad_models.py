"""Models that cannot be probed: a failure in words on each one's row, and the ranking of the others."""

import json

import numpy as np
import pytest
import timm
import torch

from automl_tl.errors import FailedPrecondition
from automl_tl.pipeline.steps import ingest, probe, rank
from automl_tl.testing.tiny_models import tiny_image_model, write_timm_pair, write_transformers_folder
from automl_tl.zoo.weights import read_weights, write_weights


def write_vit(directory, *, size):
    """Write a transformer for images of 32 pixels whose description says ``size``."""
    kwargs = {"img_size": 32, "embed_dim": 16, "depth": 1, "num_heads": 2}
    torch.manual_seed(0)
    network = timm.create_model("vit_tiny_patch16_224", num_classes=5, **kwargs)
    write_weights(network.state_dict(), directory / "unfit.safetensors")
    description = {"arch": "vit_tiny_patch16_224", "kwargs": kwargs, "num_classes": 5, "input_size": size}
    (directory / "unfit.json").write_text(json.dumps(description | {"mean": [0.5] * 3, "std": [0.5] * 3}))


def write_exploding(directory):
    """Write finite weights whose products are not."""
    place = write_timm_pair(directory, "exploding", sha256="")
    state = tiny_image_model(num_classes=5).native_state_dict()
    write_weights(
        {name: value * 1e37 if value.is_floating_point() else value for name, value in state.items()}, place
    )


def cached(job):
    """Return for how many weights there are embeddings in the cache."""
    return len(list((job.cache._directory / job.dataset.digest).iterdir()))


def ranked(job):
    """Return the rows of the ranking by model."""
    ingested = ingest.run(job)
    return {row.model: row for row in rank.run(job, ingested, probe.run(job, ingested)).models}


def test_images_are_ranked_by_the_models_that_can_see_them(make_bench, image_folder):
    """Not by cut weights, weights of NaN, outputs of NaN, or for an input of another size."""
    bench = make_bench(image_folder, scorers=("knn", "logme"), layers="last")
    write_vit(bench.models, size=48)
    write_exploding(bench.models)
    cut = write_timm_pair(bench.models, "cut", sha256="")
    cut.write_bytes(cut.read_bytes()[:-100])
    void = write_timm_pair(bench.models, "void", sha256="")
    tensors = read_weights(void).tensors
    write_weights({name: value * float("nan") for name, value in tensors.items()}, void)
    job = bench.job()
    rows = ranked(job)
    assert {model for model, row in rows.items() if row.rank > 0} == {"local:first", "local:second"}
    reasons = {
        "local:unfit": "fails on this data: Input height (48) doesn't match model (32)",
        "local:exploding": "gives NaN or infinity for",
        "local:cut": "cut.safetensors is damaged",
        "local:void": "holds NaN or infinity",
    }
    for model, reason in reasons.items():
        assert reason in rows[model].error, rows[model].error
        assert rows[model].scores == {}
        assert np.isnan(rows[model].score)
    assert cached(job) == 1  # the first and the second have the same weights


def test_texts_are_ranked_by_the_models_that_can_read_them(make_bench, text_csv):
    """Not by cut weights, or where the vocabulary is larger than the network's."""
    bench = make_bench(text_csv, scorers=("knn", "logme"), layers="last")
    cut = write_transformers_folder(bench.models / "cut") / "model.safetensors"
    cut.write_bytes(cut.read_bytes()[:-100])
    narrow = write_transformers_folder(bench.models / "narrow")
    config = json.loads((narrow / "config.json").read_text()) | {"vocab_size": 10}
    (narrow / "config.json").write_text(json.dumps(config))
    tensors = read_weights(narrow / "model.safetensors").tensors
    name = "embeddings.word_embeddings.weight"
    write_weights(tensors | {name: tensors[name][:10].clone()}, narrow / "model.safetensors")
    job = bench.job()
    rows = ranked(job)
    assert {model for model, row in rows.items() if row.rank > 0} == {"local:encoder"}
    assert "model.safetensors is damaged" in rows["local:cut"].error
    assert "local:narrow fails on this data: index out of range" in rows["local:narrow"].error
    assert cached(job) == 1


def test_no_usable_model_ends_the_job_with_every_reason(make_bench, image_folder):
    """There is nothing to rank."""
    bench = make_bench(image_folder)
    for name in ("first", "second"):
        (bench.models / f"{name}.safetensors").write_bytes(b"not weights")
    job = bench.job()
    ingested = ingest.run(job)
    with pytest.raises(FailedPrecondition, match="none of the 2 candidate models could be used") as caught:
        rank.run(job, ingested, probe.run(job, ingested))
    assert "first.safetensors" in str(caught.value)
    assert "second.safetensors" in str(caught.value)
