"""A handful of rows: right ones and confident errors, spread over classes."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from automl_tl.explain.select import right_answers, rows_in_turns, select_rows
from automl_tl.finetune.evaluation import Predictions
from automl_tl.finetune.tasks.base import learning_tasks


def predictions(n, n_classes, error_rate, seed):
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, n_classes, n)
    probabilities = rng.dirichlet(np.ones(n_classes), n).astype(np.float32)
    right = rng.random(n) >= error_rate
    for i in np.flatnonzero(right):
        best = probabilities[i].argmax()
        probabilities[i, [best, labels[i]]] = probabilities[i, [labels[i], best]]
    return Predictions(np.arange(100, 100 + n), labels.astype(np.int64), probabilities)


@given(n=st.integers(0, 60), wanted=st.integers(0, 12), error=st.floats(0, 1), seed=st.integers(0, 99))
def test_rows_are_unique_known_and_as_many_as_there_are(n, wanted, error, seed):
    """Never a row twice, never a row that does not exist, the full number where possible."""
    given_predictions = predictions(n, 4, error, seed)
    rows = select_rows(given_predictions, wanted, seed)
    assert len(set(rows.tolist())) == len(rows) == min(n, wanted)
    assert set(rows.tolist()) <= set(given_predictions.rows.tolist())
    assert np.array_equal(rows, select_rows(given_predictions, wanted, seed))


def test_half_are_the_most_confident_errors_of_different_classes():
    """Errors come from different true classes and each is the most confident one of its class."""
    labels = np.array([0, 0, 0, 1, 1, 1, 0, 1], dtype=np.int64)
    confidence = np.array([0.6, 0.9, 0.7, 0.8, 0.95, 0.65, 0.99, 0.99])
    wrong = np.array([1, 1, 1, 1, 1, 1, 0, 0], dtype=bool)
    predicted = np.where(wrong, 1 - labels, labels)
    probabilities = np.where(
        np.arange(2)[None] == predicted[:, None], confidence[:, None], 1 - confidence[:, None]
    )
    chosen = select_rows(Predictions(np.arange(8), labels, probabilities.astype(np.float32)), 4)
    assert set(chosen.tolist()) == {6, 7, 1, 4}


def test_labels_are_right_at_the_thresholds_of_the_predictions():
    """A probability of 0.3 is a yes where 0.2 is enough; without thresholds one half decides."""
    labels = np.array([[1, 0], [1, 0]])
    answers = np.array([[0.3, 0.1], [0.6, 0.7]], dtype=np.float32)
    task = learning_tasks.get("multilabel")
    tuned = Predictions(np.arange(2), labels, answers, (0.2, 0.8))
    assert right_answers(task, tuned).tolist() == [True, True]
    assert right_answers(task, Predictions(np.arange(2), labels, answers)).tolist() == [False, False]


def test_rows_in_file_order_are_drawn_from_all_classes_alike():
    """Class after class in the file: seven of each of two, whichever comes first; quarters of numbers."""
    rows, labels = np.arange(200, 300), np.repeat([0, 1], [80, 20])
    drawn = rows_in_turns(rows, labels, 14, seed=1)
    assert np.bincount(labels[drawn - 200]).tolist() == [7, 7]
    assert np.array_equal(drawn, rows_in_turns(rows, labels, 14, seed=1))
    assert not np.array_equal(drawn, rows_in_turns(rows, labels, 14, seed=2))
    numbers = rows_in_turns(rows, np.arange(100.0), 8)
    assert np.bincount((numbers - 200) // 25).tolist() == [2, 2, 2, 2]
