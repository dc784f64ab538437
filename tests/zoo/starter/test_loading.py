"""Opening the shipped models."""

import shutil

import numpy as np
import pytest

from automl_tl.errors import ModelUnavailable
from automl_tl.names import digest_file
from automl_tl.zoo.starter.cards import read_record, starter_cards, starter_directory
from automl_tl.zoo.starter.fingerprint import embed_examples
from automl_tl.zoo.starter.image_sources.base import image_sources
from automl_tl.zoo.starter.loading import WEIGHTS_FILE, load_directory
from automl_tl.zoo.starter.text_sources.base import text_sources

NAMES = [card.model for card in starter_cards()]


def _fresh(name, n):
    data = read_record(starter_directory(name))["data"]
    if data["source"] in image_sources:
        images, labels = image_sources.get(data["source"]).sample(n, data["fresh_seed"] + 1)
        return list(images), labels
    return text_sources.get(data["source"]).sample(n, data["fresh_seed"] + 1, fresh=True)


@pytest.mark.parametrize("name", NAMES)
def test_a_model_does_on_fresh_examples_what_its_card_says(name):
    """Weights, preprocessing, labels and source head fit together: accuracy within ten points of the card."""
    examples, labels = _fresh(name, 300)
    embeddings, decided = embed_examples(load_directory(starter_directory(name)).backbone, examples)
    assert np.isfinite(embeddings).all()
    assert np.mean(decided == labels) == pytest.approx(
        read_record(starter_directory(name))["source_accuracy"], abs=0.1
    )


@pytest.mark.parametrize("name", NAMES)
def test_the_fingerprint_is_that_of_the_source_domain(name):
    """Fresh embeddings lie where the fingerprint says, and its covariance is one."""
    loaded = load_directory(starter_directory(name))
    print_ = loaded.fingerprint
    embeddings, _ = embed_examples(loaded.backbone, _fresh(name, 300)[0])
    spread = np.sqrt(np.trace(print_.covariance))
    assert print_.count >= 1000
    assert np.linalg.norm(embeddings.mean(0) - print_.mean) < 0.2 * spread
    np.testing.assert_allclose(print_.covariance, print_.covariance.T, atol=1e-5)
    assert np.linalg.eigvalsh(print_.covariance).min() > -1e-4 * spread**2


@pytest.mark.parametrize("name", NAMES)
def test_the_digest_is_that_of_the_file(name):
    """Embeddings are cached under it."""
    directory = starter_directory(name)
    assert load_directory(directory).weights_digest == digest_file(directory / WEIGHTS_FILE)


def test_weights_of_another_model_are_refused(tmp_path):
    """A card vouches for one file."""
    copy = shutil.copytree(starter_directory("glyphs-resnet"), tmp_path / "copy")
    shutil.copy(starter_directory("scenes-vit") / WEIGHTS_FILE, copy / WEIGHTS_FILE)
    with pytest.raises(ModelUnavailable, match="SHA-256"):
        load_directory(copy)


def test_a_missing_file_is_named(tmp_path):
    """So that a person knows what to install again."""
    copy = shutil.copytree(starter_directory("glyphs-resnet"), tmp_path / "copy")
    (copy / WEIGHTS_FILE).unlink()
    with pytest.raises(ModelUnavailable, match=WEIGHTS_FILE):
        load_directory(copy)
