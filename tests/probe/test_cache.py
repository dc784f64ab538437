"""Cached embeddings come back whole or not at all, and go when the dataset goes."""

import numpy as np
import pytest

from automl_tl.errors import InvalidInput
from automl_tl.names import digest_json
from automl_tl.probe.cache import EmbeddingCache, computation_digest
from automl_tl.probe.embeddings import Embeddings
from automl_tl.testing.tiny_models import tiny_image_model, tiny_text_model
from automl_tl.zoo.backbone import LoadedModel

DATASET = "0" * 64


def embeddings(rows=(0, 3)):
    features = np.arange(2 * len(rows), dtype=np.float32).reshape(-1, 2)
    return Embeddings("starter:a", np.array(rows), features, features + 1, 2.5, "digest")


def test_returns_what_was_stored(tmp_path):
    """Rows, features, source probabilities and the weights' digest; no seconds were spent."""
    cache = EmbeddingCache(tmp_path)
    cache.store(DATASET, "key", embeddings())
    found = cache.load(DATASET, "key", "starter:a")
    assert found.rows.tolist() == [0, 3]
    assert np.array_equal(found.features, embeddings().features)
    assert np.array_equal(found.source_probs, embeddings().source_probs)
    assert (found.seconds, found.weights_digest) == (0.0, "digest")


def test_other_data_or_another_computation_finds_nothing(tmp_path):
    """Each has its own file."""
    cache = EmbeddingCache(tmp_path)
    cache.store(DATASET, "key", embeddings())
    assert cache.load("1" * 64, "key", "starter:a") is None
    assert cache.load(DATASET, "other", "starter:a") is None


@pytest.mark.parametrize("damage", ["cut", "text", "empty"])
def test_a_damaged_file_counts_as_absent(tmp_path, damage):
    """It is computed again instead of failing the job."""
    cache = EmbeddingCache(tmp_path)
    cache.store(DATASET, "key", embeddings())
    path = tmp_path / DATASET / "key.safetensors"
    content = path.read_bytes()
    path.write_bytes({"cut": content[: len(content) // 2], "text": b"not safetensors", "empty": b""}[damage])
    assert cache.load(DATASET, "key", "starter:a") is None


def test_rows_out_of_order_count_as_damage(tmp_path):
    """Looking rows up relies on their order."""
    cache = EmbeddingCache(tmp_path)
    cache.store(DATASET, "key", embeddings(rows=(3, 0)))
    assert cache.load(DATASET, "key", "starter:a") is None


def test_nothing_is_left_beside_the_file(tmp_path):
    """The temporary file took the place of the old one."""
    cache = EmbeddingCache(tmp_path)
    for _ in range(2):
        cache.store(DATASET, "key", embeddings())
    assert [path.name for path in (tmp_path / DATASET).iterdir()] == ["key.safetensors"]


def test_erasing_a_dataset_removes_its_embeddings_only(tmp_path):
    """Deletion of a dataset leaves no derived data behind."""
    cache = EmbeddingCache(tmp_path)
    cache.store(DATASET, "one", embeddings())
    cache.store(DATASET, "two", embeddings())
    cache.store("1" * 64, "one", embeddings())
    assert cache.erase(DATASET) == 2
    assert cache.load(DATASET, "one", "starter:a") is None
    assert cache.load("1" * 64, "one", "starter:a") is not None
    assert cache.erase(DATASET) == 0


@pytest.mark.parametrize("digest", ["../other", "", "a/b"])
def test_a_digest_that_is_a_path_is_refused(tmp_path, digest):
    """Nothing outside the cache can be named."""
    with pytest.raises(InvalidInput):
        EmbeddingCache(tmp_path).erase(digest)


def test_the_key_follows_everything_that_decides_an_embedding():
    """Weights, input size and tokenizer; the same model gives the same key."""
    image = LoadedModel(tiny_image_model(), "a" * 64)
    keys = {
        computation_digest(image),
        computation_digest(LoadedModel(tiny_image_model(), "b" * 64)),
        computation_digest(LoadedModel(tiny_image_model(size=48), "a" * 64)),
        computation_digest(LoadedModel(tiny_text_model(), "a" * 64)),
        computation_digest(LoadedModel(tiny_text_model(pooling="cls"), "a" * 64)),
    }
    assert len(keys) == 5
    assert computation_digest(LoadedModel(tiny_image_model(), "a" * 64)) == computation_digest(image)


def test_the_key_follows_layers_and_precision():
    """Asked for, or on the card: the same embedding has one key."""
    image = LoadedModel(tiny_image_model(), "a" * 64)
    usual, stages = computation_digest(image), computation_digest(image, layers="stages")
    assert len({usual, stages, computation_digest(image, precision="bfloat16")}) == 3
    assert computation_digest(image, layers="last", precision="float32") == usual
    changed = image.with_layers("stages")
    assert computation_digest(changed) == stages
    assert computation_digest(changed, layers="last") == usual


def test_embeddings_cached_by_earlier_versions_stay_usable():
    """The usual layers in float32 have the key that they had before there was a choice."""
    backbone = tiny_image_model()
    shape = {"size": [32, 32], "mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]}
    earlier = {
        "assets": {},
        "config": backbone.config,
        "input": {**shape, "interpolation": "bilinear", "crop_fraction": 1.0},
        "weights": "a" * 64,
    }
    assert computation_digest(LoadedModel(backbone, "a" * 64)) == digest_json(earlier)
