"""Few rows get all the work there is; many rows, dimensions and classes no more than a machine does in seconds."""

import numpy as np
import pytest

from automl_tl.finetune import head_work
from automl_tl.finetune.head import HeadFeatures, choose_regularisation, fit_linear_head
from automl_tl.finetune.head_work import affordable_iterations, is_quick, rows_for_choice
from automl_tl.finetune.label_head import choose_label_regularisation, fit_label_head


@pytest.mark.parametrize(("width", "outputs"), [(2, 1), (384, 77), (2048, 1000)])
def test_up_to_two_thousand_rows_every_head_is_solved_and_chosen_on_all_of_them(width, outputs):
    assert affordable_iterations(2000, width, outputs) == 200
    rows = rows_for_choice(np.zeros(2000, dtype=np.int64), width, outputs, seed=0)
    np.testing.assert_array_equal(rows, np.arange(2000))


def test_iterations_fall_as_work_grows_but_never_below_a_rough_heads():
    found = [affordable_iterations(rows, 384, 77) for rows in (2001, 6400, 20_000, 10**6)]
    assert found == sorted(found, reverse=True)
    assert 15 < found[1] < 200
    assert found[-1] == 15
    assert affordable_iterations(6400, 384, 1) == 200


def test_what_is_quick_depends_on_rows_dimensions_and_outputs():
    """Of many rows the work is limited already, unless even the fewest iterations are too much."""
    assert is_quick(1000, 384, 10)
    assert is_quick(6400, 384, 77)
    assert not is_quick(2000, 2048, 100)
    assert not is_quick(20_000, 2048, 100)


def test_of_many_rows_a_share_of_every_class_is_drawn_and_two_of_a_rare_one():
    labels = np.array([0] * 6000 + [1] * 3000 + [2] * 3)
    rows = rows_for_choice(labels, 2048, 100, seed=1)
    counts = np.bincount(labels[rows])
    assert counts.sum() == pytest.approx(2000, abs=3)
    assert counts[0] == pytest.approx(2 * counts[1], abs=2)
    assert counts[2] == 2
    assert (np.diff(rows) > 0).all()
    np.testing.assert_array_equal(rows, rows_for_choice(labels, 2048, 100, seed=1))
    assert not np.array_equal(rows, rows_for_choice(labels, 2048, 100, seed=2))


@pytest.fixture
def little(monkeypatch):
    """More than sixty rows count as many, and no work as little."""
    monkeypatch.setattr(head_work, "_FEW_ROWS", 60)
    monkeypatch.setattr(head_work, "_CHOICE_WORK", 0.0)
    monkeypatch.setattr(head_work, "_WORK", 1.0)


def many():
    rng = np.random.default_rng(0)
    labels = np.arange(300) % 3
    return rng.normal(size=(300, 8)) + 0.4 * np.eye(3)[labels] @ rng.normal(size=(3, 8)), labels


def test_c_is_chosen_on_the_sample_and_the_head_is_fitted_on_all_rows(little, monkeypatch):
    seen = []
    solve = HeadFeatures.solve

    def watched(self, labels, *args, **options):
        seen.append(len(labels))
        return solve(self, labels, *args, **options)

    monkeypatch.setattr(HeadFeatures, "solve", watched)
    choose_regularisation(*many(), 3)
    assert max(seen) <= 42
    fit_linear_head(*many(), 3)
    assert seen[-1] == 300


def test_a_head_of_many_rows_ends_after_few_iterations(little):
    features, labels = many()
    rough = fit_linear_head(features, labels, 3, inverse_regularisation=10.0, rough=True)
    whole = fit_linear_head(features, labels, 3, inverse_regularisation=10.0)
    np.testing.assert_array_equal(rough.weight, whole.weight)


def test_a_head_of_many_labels_shares_the_work_among_them(monkeypatch):
    """Each label is a fit of its own."""
    limits = []
    real = head_work.affordable_iterations
    monkeypatch.setattr(
        "automl_tl.finetune.label_head.affordable_iterations",
        lambda *shape: limits.append(shape) or real(*shape),
    )
    labels = np.random.default_rng(0).integers(0, 2, (90, 5))
    fit_label_head(np.random.default_rng(1).normal(size=(90, 4)), labels)
    assert limits == [(90, 4, 5)]


def test_the_penalty_of_labels_is_chosen_on_the_sample(little, monkeypatch):
    seen = []
    monkeypatch.setattr(
        "automl_tl.finetune.label_head.HeadFeatures",
        lambda features, **limits: seen.append(len(features)) or HeadFeatures(features, **limits),
    )
    features, classes = many()
    choose_label_regularisation(features, np.eye(3, dtype=np.int64)[classes])
    assert 0 < max(seen) <= 42
