"""The linear head equals scikit-learn's on standardised features and survives awkward data."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from automl_tl.errors import ModelUnavailable
from automl_tl.finetune.group_folds import stratified_folds
from automl_tl.finetune.head import (
    REGULARISATION_GRID,
    HeadFeatures,
    choose_regularisation,
    fit_linear_head,
)


def clusters(n: int, d: int, n_classes: int, *, seed: int = 0, spread: float = 1.0):
    rng = np.random.default_rng(seed)
    labels = np.arange(n) % n_classes
    centres = rng.normal(0, 1, (n_classes, d))
    features = (centres[labels] + rng.normal(0, spread, (n, d))) * rng.uniform(0.1, 9, d) + rng.normal(0, 5, d)
    return features.astype(np.float32), labels.astype(np.int64)


@pytest.mark.parametrize(("n", "d", "n_classes"), [(120, 10, 4), (40, 90, 3), (60, 8, 2), (30, 50, 2)])
@pytest.mark.parametrize("c", [0.01, 1.0])
def test_probabilities_equal_scikit_learn(n, d, n_classes, c):
    features, labels = clusters(n, d, n_classes)
    reference = make_pipeline(StandardScaler(), LogisticRegression(C=c, tol=1e-8, max_iter=5000))
    expected = reference.fit(features.astype(float), labels).predict_proba(features.astype(float))
    head = fit_linear_head(features, labels, n_classes, inverse_regularisation=c)
    np.testing.assert_allclose(head.probabilities(features), expected, atol=0.01)
    assert head.weight.dtype == head.bias.dtype == np.float32


@pytest.mark.parametrize(("n", "d", "n_classes"), [(120, 40, 4), (300, 40, 4)])
def test_a_rough_head_decides_nearly_as_the_converged_one(n, d, n_classes):
    features, labels = clusters(n, d, n_classes, spread=2.0)
    # Embeddings' columns say much the same, which is what makes convergence slow.
    rng = np.random.default_rng(1)
    correlated = (
        features / features.std(axis=0)
        + rng.normal(0, 30, (n, 1))
        + rng.normal(0, 9, (n, 3)) @ rng.normal(0, 1, (3, d))
    )
    rough, converged = (
        fit_linear_head(correlated, labels, n_classes, inverse_regularisation=0.1, rough=rough)
        for rough in (True, False)
    )
    assert not np.array_equal(rough.weight, converged.weight)
    agree = rough.probabilities(correlated).argmax(1) == converged.probabilities(correlated).argmax(1)
    assert agree.mean() >= 0.95


def test_a_class_without_examples_gets_a_small_but_positive_probability():
    features, labels = clusters(60, 5, 3, spread=0.3)
    labels = np.where(labels == 2, 3, labels)
    probabilities = fit_linear_head(features, labels, 5).probabilities(features)
    assert probabilities.shape == (60, 5)
    assert 0 < probabilities[:, [2, 4]].mean() < 0.1
    assert (probabilities.argmax(1) == labels).mean() > 0.9


def test_one_class_alone_is_always_predicted():
    features, _ = clusters(5, 3, 2)
    assert (fit_linear_head(features, np.ones(5, dtype=np.int64), 2).probabilities(features).argmax(1) == 1).all()


def test_constant_columns_have_no_say():
    features, labels = clusters(60, 4, 3)
    features[:, 1] = 7.0
    head = fit_linear_head(features, labels, 3)
    assert (head.weight[:, 1] == 0).all()
    assert np.isfinite(head.weight).all()
    assert np.isfinite(head.bias).all()


def test_features_of_zero_rows_variance_still_give_the_class_shares():
    head = fit_linear_head(np.ones((8, 3), dtype=np.float32), np.array([0] * 6 + [1] * 2), 2)
    np.testing.assert_allclose(head.probabilities(np.ones((1, 3)))[0], [0.75, 0.25], atol=0.01)


def test_balanced_fitting_raises_the_recall_of_the_rare_class():
    rng = np.random.default_rng(0)
    labels = np.array([0] * 190 + [1] * 10)
    features = rng.normal(0, 1, (200, 2)) + labels[:, None]
    plain = fit_linear_head(features, labels, 2).probabilities(features).argmax(1)
    balanced = fit_linear_head(features, labels, 2, balanced=True).probabilities(features).argmax(1)
    assert balanced[labels == 1].mean() > plain[labels == 1].mean()


def test_embeddings_with_nan_are_refused():
    with pytest.raises(ModelUnavailable, match="NaN"):
        fit_linear_head(np.array([[np.nan], [1.0]]), np.array([0, 1]), 2)


def test_regularisation_is_the_value_that_held_out_examples_like_best():
    features, labels = clusters(90, 60, 3, spread=3.0)
    chosen = choose_regularisation(features, labels, 3, folds=3, seed=4)
    assignment = stratified_folds(labels, 3, 4)
    hits = {}
    for c in REGULARISATION_GRID:
        right = 0
        for fold in range(3):
            fitted = assignment != fold
            head = fit_linear_head(features[fitted], labels[fitted], 3, inverse_regularisation=c)
            right += (head.logits(features[~fitted]).argmax(axis=1) == labels[~fitted]).sum()
        hits[c] = right
    assert hits[chosen] == max(hits.values())


def test_equally_right_values_are_told_apart_by_their_log_loss():
    clean, labels = clusters(60, 10, 3, spread=0.01)
    assert choose_regularisation(clean, labels, 3) == REGULARISATION_GRID[-1]


def test_no_penalty_is_so_strong_that_only_the_class_shares_are_left():
    features, labels = clusters(30, 200, 10, spread=1.0)
    c = choose_regularisation(features, labels, 10)
    head = fit_linear_head(features, labels, 10, inverse_regularisation=c)
    assert len(np.unique(head.logits(features).argmax(axis=1))) == 10


@pytest.mark.parametrize("labels", [[0], [0, 1], [0, 0, 0], [0, 1, 2, 3], [0, 0, 1]])
def test_regularisation_can_be_chosen_for_a_handful_of_examples(labels):
    features = np.random.default_rng(0).normal(size=(len(labels), 4)).astype(np.float32)
    assert choose_regularisation(features, np.array(labels), 4) in REGULARISATION_GRID


@pytest.mark.parametrize(("n", "d"), [(120, 10), (40, 90)])
def test_heads_that_share_their_features_are_those_fitted_alone(n, d):
    """With other labels, classes and values of C before them."""
    features, labels = clusters(n, d, 4)
    ready = HeadFeatures(features)
    for own, classes, c in ((labels, 4, 0.1), (labels % 2, 2, 10.0), (labels % 3, 3, 1.0), (labels, 4, 0.1)):
        found = ready.solve(own, classes, inverse_regularisation=c)
        alone = fit_linear_head(features, own, classes, inverse_regularisation=c)
        np.testing.assert_allclose(found.weight, alone.weight, rtol=1e-6, atol=1e-9)
        np.testing.assert_allclose(found.bias, alone.bias, rtol=1e-6)


def test_the_basis_is_found_once_for_a_fold_and_not_for_every_value(count_calls):
    features, labels = clusters(40, 90, 4)
    found = count_calls("automl_tl.finetune.head.qr")
    choose_regularisation(features, labels, 4, folds=3)
    assert len(found) == 3


def test_without_time_the_sane_value_is_taken_and_nothing_fitted(count_calls):
    features, labels = clusters(60, 10, 3, spread=0.01)
    fitted = count_calls("automl_tl.finetune.head.LogisticRegression")
    assert choose_regularisation(features, labels, 3, remaining=lambda: 0.0) == 0.1
    assert fitted == []


def test_when_time_ends_the_folds_that_are_complete_decide(fake_clock):
    """Four fits are a fold: with time for one fewer there is no complete one, with two more the first decides."""
    clean, labels = clusters(60, 10, 3, spread=0.01)
    whole = len(REGULARISATION_GRID)
    values = [choose_regularisation(clean, labels, 3, remaining=fake_clock(fits + 1)) for fits in range(10)]
    assert values[:whole] == [0.1] * whole
    assert values[whole:] == [REGULARISATION_GRID[-1]] * (10 - whole)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 4), min_size=1, max_size=40), st.integers(2, 4), st.integers(0, 99))
def test_folds_share_every_class_evenly_and_never_hold_out_an_only_example(labels, folds, seed):
    array = np.array(labels)
    assignment = stratified_folds(array, folds, seed)
    for label in np.unique(array):
        members = assignment[array == label]
        if len(members) == 1:
            assert members[0] == -1
        else:
            counts = np.bincount(members, minlength=folds)
            assert counts.max() - counts.min() <= 1


def test_copies_of_a_row_in_one_group_do_not_recommend_to_learn_rows_by_heart():
    """Six images of each patient: a weak penalty is right on the sixth of whoever it saw five of."""
    rng = np.random.default_rng(0)
    patients = np.repeat(np.arange(40), 6)
    labels = rng.integers(0, 2, 40)[patients]
    features = rng.normal(size=(40, 60))[patients] + 0.02 * rng.normal(size=(240, 60))
    features[:, 0] += labels
    by_rows = choose_regularisation(features, labels, 2)
    by_patients = choose_regularisation(features, labels, 2, groups=patients)
    assert by_patients < by_rows
    assert choose_regularisation(features, labels, 2, groups=np.zeros(240, dtype=np.int64)) == 0.1
