"""Every held-out task, held to the same rules."""

import numpy as np
import pytest

from automl_tl.zoo.starter.held_out.base import held_out_tasks

NAMES = ("digits", "held-out packages", "photographs", "unseen cells", "unseen intents", "unseen textures")


def test_the_six_tasks_are_registered():
    """Four of images, two of texts."""
    assert held_out_tasks.names() == NAMES
    modalities = [held_out_tasks.get(name).modality for name in NAMES]
    assert (modalities.count("image"), modalities.count("text")) == (4, 2)


@pytest.mark.parametrize("name", NAMES)
def test_data_fit_together_and_are_the_same_every_time(name):
    """Labels index into the classes, every class occurs, and nothing is drawn anew."""
    first, again = held_out_tasks.get(name).load(), held_out_tasks.get(name).load()
    assert len(first.examples) == len(first.labels)
    assert set(first.labels.tolist()) == set(range(len(first.class_names)))
    np.testing.assert_array_equal(first.labels, again.labels)
    assert all(np.array_equal(a, b) for a, b in zip(first.examples, again.examples, strict=True))


@pytest.mark.parametrize("name", NAMES)
def test_there_are_rows_left_after_400_for_training(name):
    """The evaluation trains on 400 rows and tests on the others."""
    assert len(held_out_tasks.get(name).load().labels) >= 500
