"""Rows of embeddings are found by their number in the dataset."""

import numpy as np
import pytest

from automl_tl.probe.embeddings import Embeddings

ROWS = np.array([2, 5, 9])


def embeddings(probs=True):
    features = np.arange(6, dtype=np.float32).reshape(3, 2)
    return Embeddings("starter:a", ROWS, features, features / 10 if probs else None, 0.0, "d")


def test_rows_come_in_the_order_asked_for():
    """Order and repetition are kept."""
    assert embeddings().select(np.array([9, 2, 9])).tolist() == [[4, 5], [0, 1], [4, 5]]


def test_source_probabilities_follow_the_same_rows():
    """And are None where the model has no source head."""
    assert embeddings().select_probs(np.array([5]))[0] == pytest.approx([0.2, 0.3])
    assert embeddings(probs=False).select_probs(np.array([5])) is None


@pytest.mark.parametrize("row", [0, 3, 10])
def test_a_row_that_was_not_embedded_is_an_error(row):
    """Never the neighbouring row's embedding."""
    with pytest.raises(KeyError, match="starter:a"):
        embeddings().select(np.array([row]))
