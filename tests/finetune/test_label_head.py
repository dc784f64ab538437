"""One logistic regression per label."""

import numpy as np
import pytest

from automl_tl.data.tasks.base import target_tasks
from automl_tl.finetune.group_folds import stratified_folds
from automl_tl.finetune.head import REGULARISATION_GRID, fit_linear_head
from automl_tl.finetune.label_head import choose_label_regularisation, fit_label_head


def sample(n=90, seed=0):
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(n, 6)).astype(np.float32)
    labels = (features[:, :3] + 0.3 * rng.normal(size=(n, 3)) > 0.2).astype(np.int64)
    return features, labels


def test_each_label_is_learnt_by_itself():
    """Any number of them can be likely at once."""
    features, labels = sample()
    head = fit_label_head(features, labels)
    assert head.link == "sigmoid"
    probabilities = head.probabilities(features)
    assert ((probabilities >= 0.5) == (labels == 1)).mean() > 0.9
    assert probabilities.sum(axis=1).max() > 1.5


def test_labels_that_all_rows_have_or_none_get_laplaces_share():
    """There is nothing to learn about them."""
    features, labels = sample(18)
    labels = np.column_stack([labels, np.ones(18, np.int64), np.zeros(18, np.int64)])
    probabilities = fit_label_head(features, labels).probabilities(features)
    assert probabilities[:, 3] == pytest.approx(np.full(18, 19 / 20), rel=1e-5)
    assert probabilities[:, 4] == pytest.approx(np.full(18, 1 / 20), rel=1e-5)


def test_noise_is_shrunk():
    """C is chosen by held-out log loss."""
    rng = np.random.default_rng(0)
    noise = choose_label_regularisation(rng.normal(size=(90, 20)), (rng.random((90, 3)) < 0.5).astype(np.int64))
    assert noise == REGULARISATION_GRID[0]
    assert choose_label_regularisation(*sample()) > noise


def test_many_labels_cost_no_more_than_thirty():
    """The frequent ones stand for the others."""
    rng = np.random.default_rng(0)
    features = rng.normal(size=(60, 4))
    labels = (rng.random((60, 40)) < np.linspace(0.1, 0.6, 40)).astype(np.int64)
    assert choose_label_regularisation(features, labels) in REGULARISATION_GRID


def test_a_label_is_learnt_as_it_would_be_alone():
    """What labels share is only computed once, not changed: with more dimensions than rows, too."""
    rng = np.random.default_rng(3)
    features, labels = rng.normal(size=(30, 50)), (rng.random((30, 4)) < 0.4).astype(np.int64)
    head = fit_label_head(features, labels, inverse_regularisation=0.1)
    for place in range(4):
        alone = fit_linear_head(features, labels[:, place], 2, inverse_regularisation=0.1)
        np.testing.assert_allclose(head.weight[place], alone.weight[1] - alone.weight[0], rtol=1e-5, atol=1e-8)
        np.testing.assert_allclose(head.bias[place], alone.bias[1] - alone.bias[0], rtol=1e-5)


def test_the_basis_is_found_once_for_a_fold_and_not_for_every_label_and_value(count_calls):
    """Of 5 labels and 4 values in 3 folds it would be 60 times."""
    rng = np.random.default_rng(3)
    features, labels = rng.normal(size=(30, 50)), (rng.random((30, 5)) < 0.4).astype(np.int64)
    found = count_calls("automl_tl.finetune.head.qr")
    fit_label_head(features, labels)
    assert len(found) == 1
    choose_label_regularisation(features, labels)
    assert len(found) == 4


def test_the_value_has_the_lowest_loss_of_labels_fitted_alone():
    """As it was when every label was a fit of its own."""
    features, labels = sample()
    strata = target_tasks.get("multilabel").strata(labels, [""] * 3).codes
    assignment = stratified_folds(strata, 3, 0)
    losses = np.zeros(len(REGULARISATION_GRID))
    for fold in range(3):
        rest, held_out = assignment != fold, assignment == fold
        for at, c in enumerate(REGULARISATION_GRID):
            for own in labels.T:
                head = fit_linear_head(features[rest], own[rest], 2, inverse_regularisation=c)
                answers = head.probabilities(features[held_out])
                losses[at] -= np.log(answers[np.arange(held_out.sum()), own[held_out]]).sum()
    assert choose_label_regularisation(features, labels) == REGULARISATION_GRID[int(losses.argmin())]


def test_when_time_ends_the_folds_that_are_complete_decide(fake_clock):
    """A fold is twelve fits, three labels at four values; without one the value is 0.1."""
    features, labels = sample()
    decided = choose_label_regularisation(features, labels)
    assert decided != 0.1
    assert choose_label_regularisation(features, labels, remaining=lambda: -1.0) == 0.1
    assert choose_label_regularisation(features, labels, remaining=fake_clock(12)) == 0.1
    assert choose_label_regularisation(features, labels, remaining=fake_clock(13)) == decided


def test_copies_of_a_row_in_one_group_do_not_recommend_to_learn_rows_by_heart():
    rng = np.random.default_rng(0)
    patients = np.repeat(np.arange(40), 6)
    labels = rng.integers(0, 2, (40, 3))[patients]
    features = rng.normal(size=(40, 60))[patients] + 0.02 * rng.normal(size=(240, 60))
    chosen = choose_label_regularisation(features, labels, groups=patients)
    assert chosen < choose_label_regularisation(features, labels)
