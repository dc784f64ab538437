"""Fingerprints of any model."""

import numpy as np
import pytest

from automl_tl.errors import DatasetError
from automl_tl.probe.extract import embed
from automl_tl.probe.fingerprint import fingerprint_model


def test_moments_and_prototypes_are_those_of_the_embeddings(image_model, images):
    """One prototype a folder."""
    found = fingerprint_model(image_model, images)
    embeddings = embed(image_model, images, range(len(images))).features
    classes = np.array(images.columns["label"])
    np.testing.assert_allclose(found.mean, embeddings.mean(axis=0), atol=1e-5)
    wanted = [embeddings[classes == name].mean(axis=0) for name in sorted(set(classes))]
    np.testing.assert_allclose(found.prototypes, wanted, atol=1e-5)
    assert found.prototype_counts.tolist() == [4, 4, 4]


def test_a_large_source_is_drawn_from(image_model, images):
    """The same for the same seed."""
    first, same, other = (fingerprint_model(image_model, images, most=5, seed=seed) for seed in (1, 1, 2))
    assert first.count == 5
    assert np.array_equal(first.mean, same.mean)
    assert not np.array_equal(first.mean, other.mean)


def test_a_column_that_is_not_there_is_named(text_model, texts):
    """The columns that are there, too."""
    with pytest.raises(DatasetError, match=r"no column 'topic'; the columns are: .*speaker"):
        fingerprint_model(text_model, texts, label_column="topic")
