"""Which outputs are explained, and how the answer is told."""

import numpy as np
import pytest

from automl_tl.explain.question import question_for


class Model:
    modality = "text"
    temperature = 1.0

    def __init__(self, head, names, thresholds=()):
        self.head, self.class_names, self.thresholds = head, names, thresholds


def test_a_class_is_explained_with_its_runner_up(head):
    """Why A and not B."""
    question = question_for(Model(head(), ("a", "b", "c")), np.array([0.0, 3.0, 1.0]))
    assert question.indices == (1, 2)
    assert (question.predicted, question.runner_up) == ("b", "c")
    assert question.probability == pytest.approx(np.exp(3) / (1 + np.exp(3) + np.exp(1)))
    assert question.answer(np.zeros((2, 3))).tolist() == [1 / 3, 1 / 3]


def test_the_temperature_changes_the_probability_and_nothing_else(head):
    """The report prints the calibrated probability."""
    model = Model(head(), ("a", "b"))
    plain = question_for(model, np.array([2.0, 0.0]))
    model.temperature = 4.0
    warm = question_for(model, np.array([2.0, 0.0]))
    assert 0.5 < warm.probability < plain.probability
    assert warm.indices == plain.indices


def test_labels_are_explained_each_by_itself(head):
    """Decided labels are the answer, the most probable other one is the runner-up."""
    model = Model(head("sigmoid"), ("x", "y", "z"), thresholds=(0.5, 0.9, 0.5))
    question = question_for(model, np.array([0.2, 1.0, -3.0]))
    assert question.names == ("y", "x", "z")
    assert (question.predicted, question.runner_up) == ("x", "y")
    assert question.probability == pytest.approx(1 / (1 + np.exp(-1)))
    none = question_for(model, np.array([-2.0, 1.0, -3.0]))
    assert none.predicted == "(none)"
    assert none.decided == ()


def test_all_labels_are_named_as_the_truth_names_them(head):
    """In the order of names and not of probability, and more of them than are explained."""
    names = tuple("abcdefghij")
    question = question_for(Model(head("sigmoid"), names), np.arange(1.0, 11.0))
    assert question.predicted == " | ".join(names)
    assert len(question.indices) == 8
    assert question.decided == tuple(range(10))
    assert question.runner_up == ""


def test_an_answer_is_right_if_it_names_what_is_true_at_the_models_thresholds(head):
    """Not at one half; of a number, or without the truth, nobody can say."""
    labels = question_for(Model(head("sigmoid"), ("x", "y"), thresholds=(0.2, 0.9)), np.array([-0.85, 1.0]))
    assert labels.is_right((0,))
    assert labels.is_right((0, 1)) is False
    assert labels.is_right(None) is None
    classes = question_for(Model(head(), ("a", "b")), np.array([0.0, 1.0]))
    assert (classes.is_right((1,)), classes.is_right((0,))) == (True, False)
    number = question_for(Model(head("identity"), ("price",)), np.array([2.0]))
    assert number.is_right((0,)) is None


def test_a_number_is_explained_in_its_own_unit(head):
    """No probability, no runner-up; curves follow it in units of its deviation."""
    question = question_for(Model(head("identity", unit=(100.0, 20.0)), ("price",)), np.array([123.456]))
    assert (question.predicted, question.runner_up, question.names) == ("123.5", "", ("price",))
    assert np.isnan(question.probability)
    assert question.answer(np.array([[40.0]])).tolist() == [2.0]


def test_a_model_of_one_class_has_no_other(head):
    """Both columns then mean the same."""
    question = question_for(Model(head(), ("only",)), np.array([1.0]))
    assert question.names == ("only", "only")
    assert question.probability == 1.0
