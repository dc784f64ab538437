"""Embeddings that other machines find again."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from automl_tl.errors import Unavailable
from automl_tl.probe.embeddings import Embeddings
from automl_tl.store.shared_files import SharedFiles
from automl_tl.worker.shared_cache import SharedEmbeddingCache

DATASET, COMPUTATION = "d" * 64, "c" * 64


def embeddings(rows: int) -> Embeddings:
    features = np.arange(3 * rows, dtype=np.float32).reshape(rows, 3)
    return Embeddings("local:a", np.arange(rows), features, None, 0.0, "weights")


@pytest.fixture
def files(tmp_path):
    return SharedFiles((tmp_path / "store").as_uri())


def test_another_driver_and_a_node_find_what_one_has_stored(files, tmp_path):
    """A node keeps nothing on its disk and stores nothing; the newest content is the only one left."""
    first = SharedEmbeddingCache(tmp_path / "first", files)
    assert first.load(DATASET, COMPUTATION, "local:a") is None
    first.store(DATASET, COMPUTATION, embeddings(2))
    first.store(DATASET, COMPUTATION, embeddings(4))
    node = pickle.loads(pickle.dumps(first))
    for other in (SharedEmbeddingCache(tmp_path / "second", files), node):
        found = other.load(DATASET, COMPUTATION, "local:a")
        assert np.array_equal(found.features, embeddings(4).features)
    node.store(DATASET, COMPUTATION, embeddings(1))
    assert len(node.load(DATASET, COMPUTATION, "local:a").rows) == 4
    assert len(list((tmp_path / "store" / DATASET).iterdir())) == 2
    assert len(list((tmp_path / "second" / DATASET).iterdir())) == 1


@pytest.mark.parametrize("damage", [b"{", b'{"sha256": "../../secret"}', b'{"sha256": "%s"}' % (b"0" * 64)])
def test_what_is_damaged_is_computed_anew(files, tmp_path, damage):
    """Nothing is taken from it."""
    SharedEmbeddingCache(tmp_path / "first", files).store(DATASET, COMPUTATION, embeddings(2))
    files.write(damage, f"{DATASET}/{COMPUTATION}.json")
    assert SharedEmbeddingCache(tmp_path / "second", files).load(DATASET, COMPUTATION, "local:a") is None


def test_a_store_that_is_away_costs_a_head_start_only(files, tmp_path, monkeypatch):
    """What is stored on this disk is found there."""

    def away(*arguments):
        raise Unavailable("away")

    for name in ("put", "read", "write", "fetch"):
        monkeypatch.setattr(files, name, away)
    cache = SharedEmbeddingCache(tmp_path / "first", files)
    assert cache.load(DATASET, COMPUTATION, "local:a") is None
    cache.store(DATASET, COMPUTATION, embeddings(2))
    assert len(cache.load(DATASET, COMPUTATION, "local:a").rows) == 2
