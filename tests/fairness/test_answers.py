"""Labels of any kind end as columns of yes and no."""

import numpy as np
import pandas as pd
import pytest

from automl_tl.errors import InvalidInput
from automl_tl.fairness.answers import MOST_CLASSES, read_answers


def test_names_indices_and_numbers_are_the_same_classes():
    """Strings with class_names, their indices, numpy scalars."""
    by_name = read_answers(["b", "a"], ["b", "b"], class_names=("a", "b"))
    by_index = read_answers(np.array([1, 0]), [1, 1], class_names=("a", "b"))
    assert by_name.truth.tolist() == by_index.truth.tolist() == [[True], [False]]
    assert by_name.right.tolist() == [True, False]
    assert by_name.names == ("b",)
    assert read_answers([1.0, 2.0], [1.0, 2.0]).names == ("2",)


def test_two_classes_are_seen_from_the_favourable_one():
    """The last by default, any that is named."""
    assert read_answers(["no", "yes"], ["no", "no"]).favourable == "yes"
    named = read_answers(["no", "yes"], ["no", "no"], favourable="no")
    assert (named.favourable, named.named, named.names) == ("no", True, ("no",))
    assert read_answers([0, 1], [0, 1], favourable=0).favourable == "0"


def test_rows_without_truth_are_left_out_and_counted():
    """None and NaN."""
    answers = read_answers([0, None, 1, float("nan")], [0, 1, 1, 0])
    assert answers.kept.tolist() == [0, 2]
    assert answers.notes == ("2 rows without a true label are left out",)


@pytest.mark.parametrize("kind", ["Int64", "string", "boolean", "object"])
def test_what_pandas_has_no_value_for_is_left_out_and_counted(kind):
    """pandas.NA in the truth, whatever the column's type; in an answer it is an unknown class."""
    known = {"string": ("a", "b"), "boolean": (False, True)}.get(kind, (0, 1))
    true = pd.Series([known[0], pd.NA, known[1], pd.NA, known[0]], dtype=kind)
    pred = pd.Series([known[0], known[0], known[1], known[1], known[1]], dtype=kind)
    answers = read_answers(true, pred)
    assert answers.kept.tolist() == [0, 2, 4]
    assert answers.right.tolist() == [True, True, False]
    assert answers.notes == ("2 rows without a true label are left out",)
    with pytest.raises(InvalidInput, match=r"y_pred\[1\] must be a known class but got (<NA>|nan)"):
        read_answers(pred, true)


def test_missing_numbers_of_pandas_are_as_nan():
    """In the truth and in the answers of a regression."""
    column = pd.Series([1.5, pd.NA, 3.0], dtype=object)
    told = read_answers(column, [1.0, 3.0, 2.5])
    assert (told.kept.tolist(), told.notes) == ([0, 2], ("1 rows without a true label are left out",))
    said = read_answers([1.0, 3.0, 2.5], column)
    assert (said.kept.tolist(), said.notes) == ([0, 2], ("1 rows without a finite prediction are left out",))


def test_tables_are_multilabel():
    """Right means right in all labels."""
    answers = read_answers(np.array([[1, 0], [1, 1]]), np.array([[1, 0], [0, 1]]), class_names=("p", "q"))
    assert (answers.task, answers.names) == ("multilabel", ("p", "q"))
    assert answers.right.tolist() == [True, False]
    assert answers.means["hamming_loss"].tolist() == [0.0, 0.5]


def test_fractions_are_regression():
    """Error is prediction minus truth; predictions that are no numbers are left out."""
    answers = read_answers([1.5, 2.0, 3.0], [1.0, 3.0, float("nan")])
    assert answers.task == "regression"
    assert answers.error.tolist() == [-0.5, 1.0]
    assert "without a finite prediction" in answers.notes[0]


def test_scores_become_means():
    """Brier score and calibration of the favourable class, in any of the shapes."""
    for scores in ([0.2, 0.9], [[0.8, 0.2], [0.1, 0.9]]):
        means = read_answers([0, 1], [0, 1], y_score=scores).means
        assert means["brier_score"] == pytest.approx([0.04, 0.01])
        assert means["calibration_gap[1]"] == pytest.approx([0.2, -0.1])
    three = read_answers([0, 1, 2], [0, 1, 2], y_score=np.eye(3) * 0.7 + 0.1)
    assert three.means["overconfidence"] == pytest.approx([-0.2] * 3)


def test_many_classes_are_limited_and_it_is_said():
    """The most frequent stay."""
    true = np.concatenate([np.arange(30), np.arange(20)])
    answers = read_answers(true, true)
    assert len(answers.names) == MOST_CLASSES
    assert "20 most frequent of 30" in answers.notes[0]


def test_the_favourable_class_is_never_left_out():
    """It replaces the last of the most frequent ones, in classes and in sets of labels."""
    true = np.concatenate([np.arange(30), np.arange(20)])
    answers = read_answers(true, true, favourable=29)
    assert len(answers.names) == MOST_CLASSES
    assert answers.names[-2:] == ("18", "29")
    table = np.tril(np.ones((30, 30), dtype=int))
    names = tuple(f"l{index:02d}" for index in range(30))
    several = read_answers(table, table, class_names=names, favourable="l29")
    assert "l29" in several.names


def test_scores_of_a_single_class_are_left_out_with_a_note():
    """Nobody knows what the other column is of."""
    answers = read_answers(["yes"] * 3, ["yes"] * 3, y_score=[0.9, 0.8, 0.7])
    assert not answers.means
    assert "only one class is known" in answers.notes[0]


@pytest.mark.parametrize(
    ("arguments", "options", "text"),
    [
        (([0, 1], [0]), {}, "y_pred must be as long"),
        (([0, 5], [0, 1]), {"class_names": ("a", "b")}, r"y_true\[1\]"),
        (([0, 1], [0, None]), {}, r"y_pred\[1\]"),
        (([0, 1], [0.3, 0.7]), {}, "pass probabilities as y_score"),
        (([0, 1], [0, 1]), {"favourable": "maybe"}, "0, 1 but got 'maybe'; name all classes"),
        (([0, 1], ["0", "1"]), {}, "name classes alike but hold 0 and '0'"),
        (([0, 1], [0, 1]), {"y_score": [0.1, 7.0]}, "probabilities in"),
        (([0, 1], [0, 1]), {"y_score": [[0.1, 0.2, 0.7]] * 2}, "shape"),
        (([0, 1], [0, 1]), {"y_score": [0.1, 0.7, 0.7]}, r"y_score must be as long as y_true \(2\) but has 3"),
        (([0, 1], [0, 1]), {"y_score": [[0.1, 0.9]] * 3}, r"y_score must be as long as y_true \(2\) but has 3"),
        (([0, 1, None], [0, 1, 1]), {"y_score": [0.1, 0.7]}, r"y_score must be as long as y_true \(3\) but has 2"),
        (([0, 1], [0, 1]), {"y_score": 0.5}, "shape"),
        (([0, 1], [0, 1]), {"task": "ranking"}, "task must be one of"),
        ((np.zeros((2, 2, 2)), np.zeros((2, 2, 2))), {}, "one or two dimensions"),
        ((np.array([[0, 2]] * 3), np.zeros((3, 2), dtype=int)), {}, "only 0 and 1"),
    ],
)
def test_bad_input_names_the_field(arguments, options, text):
    """Rule, value and field are in the message."""
    with pytest.raises(InvalidInput, match=text):
        read_answers(*arguments, **options)
