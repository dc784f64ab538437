"""Making fingerprints again."""

import shutil

import numpy as np

from automl_tl.zoo.card import Fingerprint
from automl_tl.zoo.fingerprints import read_fingerprint, write_fingerprint
from automl_tl.zoo.starter.cards import starter_directory
from automl_tl.zoo.starter.renew_fingerprint import renew_fingerprint


def test_the_shipped_fingerprint_comes_out_again(tmp_path):
    """From weights, recipe and seed alone, on any machine but for the last digits."""
    shipped = starter_directory("textures-regnet")
    copy = shutil.copytree(shipped, tmp_path / "copy")
    known = read_fingerprint(copy / "fingerprint.safetensors")
    write_fingerprint(Fingerprint(known.mean * 0, known.covariance, 3), copy / "fingerprint.safetensors")
    renewed = read_fingerprint(renew_fingerprint(copy))
    np.testing.assert_allclose(renewed.mean, known.mean, atol=1e-3)
    np.testing.assert_allclose(renewed.covariance, known.covariance, atol=1e-3)
    np.testing.assert_allclose(renewed.sample, known.sample, atol=1e-2)
    np.testing.assert_allclose(renewed.prototypes, known.prototypes, atol=1e-2)
    assert renewed.prototype_counts.tolist() == known.prototype_counts.tolist()
