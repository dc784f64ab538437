"""Fingerprints of source domains on disk."""

import numpy as np
import pytest
import torch

from automl_tl.errors import ModelUnavailable
from automl_tl.zoo.card import Fingerprint
from automl_tl.zoo.fingerprints import read_fingerprint, write_fingerprint
from automl_tl.zoo.weights import write_weights


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
    ],
)
def test_what_is_off_is_named(tmp_path, tensors, reason):
    """Missing and misshapen moments."""
    path = tmp_path / "f.safetensors"
    write_weights(tensors, path)
    with pytest.raises(ModelUnavailable, match=reason):
        read_fingerprint(path)
