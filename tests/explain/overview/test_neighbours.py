"""The nearest training examples."""

from dataclasses import dataclass, replace

import numpy as np

from automl_tl.explain.overview import neighbours
from automl_tl.explain.overview.neighbours import embed_rows, nearest, neighbours_of


@dataclass
class Explained:
    row: int
    row_id: str
    predicted_class: str
    true_class: str
    right: bool | None = True


def test_nearest_are_those_of_the_largest_cosine():
    """Length does not count; a vector of zeros is like nothing."""
    known = np.array([[1.0, 0.0], [0.0, 2.0], [3.0, 3.0], [0.0, 0.0]])
    places, cosines = nearest(np.array([[1.0, 0.9]]), known, 2)
    assert places.tolist() == [[2, 0]]
    assert cosines[0, 0] > cosines[0, 1] > 0
    assert nearest(np.zeros((1, 2)), known, 1)[1].tolist() == [[0.0]]


def test_bright_pictures_have_bright_neighbours(data, brightness):
    """With labels, ids and the share that agrees with what the model says."""
    rows = data.split.test[[0, -1]]
    names = [data.class_names[data.labels[row]] for row in rows]
    asked = [
        Explained(int(rows[0]), "x", names[0], names[0]),
        Explained(int(rows[1]), "y", "bright" if names[1] == "dark" else "dark", names[1], right=False),
    ]
    (right, wrong), searched = neighbours_of(brightness, data, asked)
    assert right.labels == (names[0],) * 5
    assert (right.agreement, right.right) == (1.0, True)
    assert (wrong.agreement, wrong.right) == (0.0, False)
    train = {data.dataset.row_ids[int(row)] for row in data.split.train}
    assert set(right.row_ids) <= train
    assert searched == len(train)


def test_a_part_of_many_training_rows_is_searched(data, brightness):
    """The seed decides which."""
    row = int(data.split.test[0])
    asked = [Explained(row, "x", "bright", "bright")]
    (few,), searched = neighbours_of(brightness, data, asked, most=3)
    assert len(few.row_ids) == searched == 3


def test_without_time_there_are_none(data, brightness):
    """Not even of those that are explained."""
    asked = [Explained(int(data.split.test[0]), "x", "bright", "bright")]
    assert neighbours_of(brightness, data, asked, remaining=lambda: 0.0) == ((), 0)
    assert len(embed_rows(brightness, data, data.split.train, lambda: 0.0)) == 0
    assert neighbours_of(brightness, data, []) == ((), 0)


def test_when_time_runs_out_what_was_searched_counts(data, brightness, monkeypatch):
    """A random part of the training rows, and how many they were."""
    monkeypatch.setattr(neighbours, "_CHUNK", 6)
    asks = iter([1.0, 1.0, 1.0, 0.0])
    asked = [Explained(int(data.split.test[0]), "x", "bright", "bright")]
    (entry,), searched = neighbours_of(brightness, data, asked, remaining=lambda: next(asks))
    assert searched == 12
    assert len(entry.row_ids) == 5


def test_neighbours_of_a_number_have_no_agreement(data, brightness):
    """Numbers are near or far, not equal: no share, rather than a share of 0."""
    numbers = replace(data, task="regression", labels=data.labels.astype(np.float32))
    asked = [Explained(int(data.split.test[0]), "x", "0.9", "1")]
    (entry,), _ = neighbours_of(brightness, numbers, asked)
    assert np.isnan(entry.agreement)


def test_neighbours_with_the_same_set_of_labels_agree(data, brightness):
    """Sets are written alike, so that the same set is the same text; right is what the explanation carries."""
    labels = np.array([[1, 1]] * len(data.labels))
    sets = replace(data, task="multilabel", labels=labels, class_names=("insult", "toxic"))
    asked = [Explained(int(data.split.test[0]), "x", "insult | toxic", "insult | toxic", right=True)]
    (entry,), _ = neighbours_of(brightness, sets, asked)
    assert (entry.agreement, entry.right) == (1.0, True)
