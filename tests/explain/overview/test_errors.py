"""The most confident errors."""

from dataclasses import replace

import numpy as np

from automl_tl.explain.overview.errors import confident_errors, told_answer


def test_the_most_confident_error_comes_first(data, predictions):
    """With its id, the truth and what was said."""
    probabilities = predictions.probabilities.copy()
    probabilities[1] = probabilities[1][::-1] * 0.5 + 0.25
    found, total = confident_errors(replace(predictions, probabilities=probabilities), data)
    assert total == 2
    assert [entry.row for entry in found] == predictions.rows[:2].tolist()
    assert found[0].surprise > found[1].surprise
    assert found[0].truth != found[0].said
    assert found[0].row_id == data.dataset.row_ids[found[0].row]


def test_the_list_is_short_and_the_count_complete(data, predictions):
    """As many as asked."""
    turned = replace(predictions, probabilities=predictions.probabilities[:, ::-1])
    found, total = confident_errors(turned, data, most=3)
    assert len(found) == 3
    assert total == len(predictions.rows) - 1


def test_numbers_and_sets_are_told_in_words(data, predictions):
    """A number with four digits, labels as the true ones are written: by name, whichever is surer."""
    numbers = replace(predictions, probabilities=np.array([[12.34567]], dtype=np.float32))
    assert told_answer(numbers, 0, replace(data, task="regression", class_names=("price",))) == "12.35"
    sets = replace(predictions, probabilities=np.array([[0.8, 0.9], [0.1, 0.2]], dtype=np.float32))
    assert told_answer(sets, 0, replace(data, task="multilabel", class_names=("x", "y"))) == "x | y"
    assert told_answer(sets, 1, replace(data, task="multilabel", class_names=("x", "y"))) == "(none)"


def test_an_answer_that_equals_the_truth_is_no_error(data, predictions):
    """Of labels at the tuned thresholds: what is listed differs from the truth in words too."""
    labels = np.stack([predictions.labels == 0, predictions.labels == 1], axis=1).astype(np.int64)
    answers = np.where(labels == 1, 0.3, 0.1).astype(np.float32)
    answers[0] = [0.3, 0.3]
    tuned = replace(predictions, labels=labels, probabilities=answers, thresholds=(0.2, 0.2))
    found, total = confident_errors(tuned, replace(data, task="multilabel", class_names=("x", "y")))
    assert total == 1
    assert (found[0].truth, found[0].said) in {("x", "x | y"), ("y", "x | y")}
