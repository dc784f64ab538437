"""Embedding source examples."""

import numpy as np

from automl_tl.zoo.starter.cards import starter_directory
from automl_tl.zoo.starter.fingerprint import embed_examples
from automl_tl.zoo.starter.image_sources.base import image_sources
from automl_tl.zoo.starter.loading import load_directory


def test_embedding_does_not_depend_on_the_batch():
    """Batches are a matter of speed only."""
    backbone = load_directory(starter_directory("glyphs-resnet")).backbone
    images = list(image_sources.get("glyphs").sample(10, 3)[0])
    whole, decided = embed_examples(backbone, images)
    parts, again = embed_examples(backbone, images, batch=3)
    np.testing.assert_allclose(whole, parts, atol=1e-4)
    np.testing.assert_array_equal(decided, again)
