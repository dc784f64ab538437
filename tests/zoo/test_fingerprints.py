"""Fingerprints of source domains, made and on disk."""

import numpy as np
import pytest
import torch

from automl_tl.errors import InvalidInput, ModelUnavailable
from automl_tl.zoo.card import Fingerprint
from automl_tl.zoo.fingerprints import make_fingerprint, read_fingerprint, write_fingerprint
from automl_tl.zoo.weights import write_weights

WHOLE = {"mean": torch.zeros(2), "covariance": torch.eye(2), "count": torch.tensor([1])}


def test_moments_and_prototypes_of_known_points():
    """Mean, unbiased covariance and class means of four corners; the unlabelled one has no class."""
    corners = np.array([[0, 0], [2, 0], [0, 4], [2, 4]], np.float32)
    found = make_fingerprint(corners, np.array([7, 7, 2, -1]))
    np.testing.assert_allclose(found.mean, [1, 2])
    np.testing.assert_allclose(found.covariance, [[4 / 3, 0], [0, 16 / 3]], atol=1e-6)
    assert found.count == 4
    assert found.prototypes.tolist() == [[0, 4], [1, 0]]
    assert found.prototype_counts.tolist() == [1, 2]
    assert sorted(found.sample.tolist()) == sorted(corners.tolist())


def test_a_large_source_leaves_a_sample():
    """A seeded draw of its embeddings."""
    embeddings = np.random.default_rng(0).normal(size=(600, 3)).astype(np.float32)
    first, same, other = (make_fingerprint(embeddings, seed=seed).sample for seed in (1, 1, 2))
    assert first.shape == (256, 3)
    assert {tuple(row) for row in first} <= {tuple(row) for row in embeddings}
    assert np.array_equal(first, same)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize("embeddings", [np.ones((1, 4)), np.ones(4), np.array([[1.0], [np.nan]])])
def test_unusable_embeddings_make_no_fingerprint(embeddings):
    """A fingerprint that is not finite would spoil every later ranking."""
    with pytest.raises(InvalidInput, match="two or more finite embeddings"):
        make_fingerprint(embeddings)


@pytest.mark.parametrize("scale", [1.0, 1e6, 1e-7])
def test_sample_and_prototypes_come_back(tmp_path, scale):
    """To three digits, whatever the scale of the embeddings; the covariance exactly."""
    rng = np.random.default_rng(1)
    embeddings = (rng.normal(size=(40, 5)) * scale).astype(np.float32)
    made = make_fingerprint(embeddings, np.arange(40) % 3)
    write_fingerprint(made, tmp_path / "f.safetensors")
    found = read_fingerprint(tmp_path / "f.safetensors")
    np.testing.assert_array_equal(found.covariance, made.covariance)
    np.testing.assert_allclose(found.sample, made.sample, atol=2e-3 * scale)
    np.testing.assert_allclose(found.prototypes, made.prototypes, atol=2e-3 * scale)
    assert found.prototype_counts.tolist() == [14, 13, 13]


def test_files_of_earlier_versions_are_read(tmp_path):
    """They hold the whole covariance and nothing but moments."""
    path = tmp_path / "f.safetensors"
    covariance = torch.tensor([[2.0, 1.0], [1.0, 3.0]])
    write_weights({"mean": torch.zeros(2), "covariance": covariance, "count": torch.tensor([4])}, path)
    found = read_fingerprint(path)
    assert found.covariance.tolist() == covariance.tolist()
    assert (found.sample, found.prototypes, found.prototype_counts) == (None, None, None)


@pytest.mark.parametrize("half", [False, True])
def test_comes_back_as_it_went(tmp_path, half):
    """In float32, whatever was stored."""
    path = tmp_path / "f.safetensors"
    write_fingerprint(
        Fingerprint(np.array([1.0, 2.0], np.float32), np.eye(2, dtype=np.float32), 500), path, half=half
    )
    found = read_fingerprint(path)
    assert found.mean.tolist() == [1.0, 2.0]
    assert found.covariance.dtype == np.float32
    assert found.count == 500


@pytest.mark.parametrize(
    ("tensors", "reason"),
    [
        ({"mean": torch.zeros(2)}, "lacks 'covariance'"),
        (
            {"mean": torch.zeros(2), "covariance": torch.zeros(3, 3), "count": torch.tensor([1])},
            "'covariance' has",
        ),
        ({"mean": torch.zeros(1, 2), "covariance": torch.eye(2), "count": torch.tensor([1])}, "'mean' has shape"),
        ({**WHOLE, "sample": torch.zeros(5, 3)}, "'sample' has shape"),
        ({**WHOLE, "prototypes": torch.zeros(5, 2)}, "lacks 'prototype_counts'"),
        ({**WHOLE, "covariance_upper": torch.zeros(4)}, "'covariance_upper' has shape"),
    ],
)
def test_what_is_off_is_named(tmp_path, tensors, reason):
    """Missing and misshapen moments."""
    path = tmp_path / "f.safetensors"
    write_weights(tensors, path)
    with pytest.raises(ModelUnavailable, match=reason):
        read_fingerprint(path)
