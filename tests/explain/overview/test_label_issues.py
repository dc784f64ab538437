"""Labels that deserve a second look."""

import numpy as np
import pytest

from automl_tl.explain.overview.label_issues import doubtful, expected_issues, out_of_fold_answers
from automl_tl.finetune.evaluation import Predictions


def blobs(n=120, flipped=6, seed=0):
    """Two clouds, some of whose labels are turned over."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 2, n)
    features = rng.normal(size=(n, 5)) + 4 * truth[:, None]
    labels = truth.copy()
    wrong = rng.choice(n, flipped, replace=False)
    labels[wrong] = 1 - labels[wrong]
    return features.astype(np.float32), labels.astype(np.int64), set(wrong.tolist())


def test_flipped_labels_are_found():
    """Nearly all of them, and hardly anything else."""
    features, labels, wrong = blobs()
    answers = out_of_fold_answers("classification", features, labels, 2)
    found = {place for place, _, _ in doubtful(labels, answers)}
    assert len(found & wrong) >= 5
    assert len(found - wrong) <= 2


def test_right_labels_raise_no_doubt():
    """Clean clouds, no issue."""
    features, labels, _ = blobs(flipped=0)
    assert len(doubtful(labels, out_of_fold_answers("classification", features, labels, 2))) <= 1


def test_the_suggestion_is_the_likelier_class_and_the_score_the_difference():
    """As probable as it usually is where it is the label."""
    labels = np.array([0, 0, 1, 1, 0])
    answers = np.array([[0.9, 0.1], [0.8, 0.2], [0.2, 0.8], [0.1, 0.9], [0.05, 0.95]])
    ((place, suggested, score),) = doubtful(labels, answers)
    assert (place, int(suggested)) == (4, 1)
    assert score == pytest.approx(0.9)


def test_a_class_that_nobody_has_is_never_suggested():
    """However probable."""
    assert doubtful(np.array([0, 0]), np.array([[0.1, 0.9], [0.2, 0.8]])) == []


def test_labels_of_a_set_are_judged_one_by_one():
    """The suggestion turns the doubtful one over."""
    labels = np.array([[1, 0], [1, 0], [0, 1], [0, 1], [1, 1]])
    answers = np.array([[0.9, 0.1], [0.9, 0.2], [0.1, 0.9], [0.1, 0.9], [0.02, 0.9]])
    ((place, suggested, _),) = doubtful(labels, answers)
    assert (place, suggested.tolist()) == (4, [0, 1])


def test_a_number_far_from_what_is_foretold_is_doubtful():
    """More than four usual errors."""
    rng = np.random.default_rng(0)
    truth = rng.normal(size=60)
    labels = truth + rng.normal(0, 0.1, 60)
    labels[7] += 3.0
    ((place, suggested, score),) = doubtful(labels, truth[:, None])
    assert place == 7
    assert suggested == pytest.approx(truth[7])
    assert score > 10
    assert doubtful(truth, truth[:, None]) == []


def test_rows_are_judged_by_models_that_did_not_see_them():
    """Noise labels cannot be foretold; too few rows, or one class only, are not judged at all."""
    rng = np.random.default_rng(0)
    features, labels = rng.normal(size=(60, 40)).astype(np.float32), rng.integers(0, 2, 60)
    answers = out_of_fold_answers("classification", features, labels, 2)
    assert ((answers.argmax(axis=1) == labels).mean()) < 0.75
    assert out_of_fold_answers("classification", features[:10], labels[:10], 2) is None
    assert out_of_fold_answers("classification", features, np.zeros(60, dtype=np.int64), 2) is None


def test_what_right_labels_would_show_is_told():
    """Where classes overlap, labels drawn from the true probabilities are in doubt as often as foretold."""
    rng = np.random.default_rng(0)
    sure = rng.uniform(0, 1, 2000)
    answers = np.stack([1 - sure, sure], axis=1)
    labels = (rng.random(2000) < sure).astype(np.int64)
    foretold = expected_issues([("test", Predictions(np.arange(2000), labels, answers))])
    assert len(doubtful(labels, answers)) == pytest.approx(foretold, rel=0.15)
    assert foretold > 50


def test_sure_answers_foretell_no_doubt():
    """One of each label of a set; numbers have no probabilities to draw from."""
    answers = np.array([[1.0, 0.0], [0.0, 1.0]] * 10)
    classes = Predictions(np.arange(20), np.tile([0, 1], 10), answers)
    sets = Predictions(np.arange(20), np.tile([[1, 0], [0, 1]], (10, 1)), answers)
    assert expected_issues([("test", classes), ("train", sets)]) == 0.0
    numbers = Predictions(np.arange(20), np.linspace(0, 1, 20), answers[:, :1])
    assert np.isnan(expected_issues([("test", numbers)]))


def test_training_rows_are_not_judged_where_the_folds_would_outlast_the_time():
    """Each fold takes one of these seconds, and one more is lost in asking."""
    features, labels, _ = blobs()
    left = [float("nan")]

    def remaining():
        left[0] -= 1.0
        return left[0]

    found = []
    for seconds in (3.0, 30.0):
        left[0] = seconds
        found.append(out_of_fold_answers("classification", features, labels, 2, remaining=remaining))
    assert found[0] is None
    np.testing.assert_array_equal(found[1], out_of_fold_answers("classification", features, labels, 2))
