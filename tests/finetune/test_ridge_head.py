"""Ridge regression on embeddings."""

import numpy as np
import pytest
from sklearn.linear_model import Ridge

from automl_tl.errors import ModelUnavailable
from automl_tl.finetune.group_folds import group_folds
from automl_tl.finetune.ridge_head import choose_ridge, fit_ridge_head, unit_of
from automl_tl.finetune.strata import strata_of
from automl_tl.transferability.ridge_probe import ridge_leave_one_out


def sample(n=60, d=5, noise=0.1, seed=0):
    rng = np.random.default_rng(seed)
    features = rng.normal(3, 2, (n, d)).astype(np.float32)
    return features, 500 + 20 * (features @ rng.normal(size=d) + noise * rng.normal(size=n))


@pytest.mark.parametrize(("n", "d"), [(60, 5), (20, 40)])
def test_equals_scikit_learn_on_standardised_data(n, d):
    """With either Gram matrix; the standardisation is folded into weights and bias."""
    features, numbers = sample(n, d)
    head = fit_ridge_head(features, numbers, inverse_regularisation=0.5)
    scaled = (features - features.mean(axis=0)) / features.std(axis=0)
    targets = (numbers - numbers.mean()) / numbers.std()
    expected = Ridge(alpha=2.0).fit(scaled, targets).predict(scaled) * numbers.std() + numbers.mean()
    assert head.probabilities(features)[:, 0] == pytest.approx(expected, rel=1e-4)
    assert head.link == "identity"
    assert head.unit == pytest.approx(unit_of(numbers))


def test_noise_is_shrunk_and_signal_is_not():
    """The penalty is chosen on examples that were left out."""
    rng = np.random.default_rng(1)
    clear, numbers = sample(80, 5, noise=0.01)
    assert choose_ridge(clear, numbers) > 100 * choose_ridge(rng.normal(size=(80, 30)), rng.normal(size=80))


def test_the_unit_of_the_target_does_not_matter():
    """Kilograms or grams: the same model in another unit."""
    features, numbers = sample()
    chosen = choose_ridge(features, numbers)
    assert choose_ridge(features, 1000 * numbers - 7) == pytest.approx(chosen)
    grams = fit_ridge_head(features, 1000 * numbers, inverse_regularisation=chosen).probabilities(features)
    kilograms = fit_ridge_head(features, numbers, inverse_regularisation=chosen).probabilities(features)
    assert grams == pytest.approx(1000 * kilograms, rel=1e-4)


def test_awkward_embeddings():
    """Constant ones give the mean; infinite ones are refused."""
    _, numbers = sample()
    constant = np.ones((60, 3), dtype=np.float32)
    found = fit_ridge_head(constant, numbers, inverse_regularisation=choose_ridge(constant, numbers))
    assert found.probabilities(constant)[:, 0] == pytest.approx(np.full(60, numbers.mean()), rel=1e-5)
    with pytest.raises(ModelUnavailable, match="NaN or infinity"):
        fit_ridge_head(np.full((60, 3), np.nan), numbers)
    assert unit_of(np.full(5, 2.0)) == (2.0, 1.0)


@pytest.mark.parametrize(("n", "d"), [(60, 5), (20, 40)])
def test_the_features_are_decomposed_once_for_all_penalties(count_calls, n, d):
    """And the value is the one with the least error of each penalty's own leave-one-out."""
    features, numbers = sample(n, d, noise=3.0)
    decomposed = count_calls("numpy.linalg.eigh")
    chosen = choose_ridge(features, numbers)
    assert len(decomposed) == 1
    standardised = (features - features.mean(axis=0)) / features.std(axis=0)
    targets = ((numbers - numbers.mean()) / numbers.std())[:, None]
    unit = n * d / min(n, d)
    errors = {
        penalty: np.square(targets - ridge_leave_one_out(standardised, targets, penalty * unit)).sum()
        for penalty in 10.0 ** np.arange(-4.0, 2.5, 0.5)
    }
    assert chosen == pytest.approx(1 / (min(errors, key=errors.__getitem__) * unit), rel=1e-4)


def test_when_time_ends_the_best_penalty_so_far_is_taken(count_calls, fake_clock):
    """The strongest first; without time for one it is the mean eigenvalue, and nothing is decomposed."""
    features, numbers = sample(80, 5, noise=0.01)
    decomposed = count_calls("numpy.linalg.eigh")
    assert choose_ridge(features, numbers, remaining=lambda: 0.0) == pytest.approx(1 / 80, rel=1e-4)
    assert decomposed == []
    # One second goes to the question whether to begin.
    tried = [choose_ridge(features, numbers, remaining=fake_clock(seconds)) for seconds in (3, 4, 99)]
    assert tried[:2] == pytest.approx([1 / (100 * 80), 1 / (10**1.5 * 80)], rel=1e-4)
    assert tried[2] == choose_ridge(features, numbers) > tried[1]


def copies():
    """Return features (120, 30), numbers and patients: six nearly equal rows of each of twenty."""
    rng = np.random.default_rng(0)
    patients = np.repeat(np.arange(20), 6)
    features = rng.normal(size=(20, 30))[patients] + 0.02 * rng.normal(size=(120, 30))
    return features, (rng.normal(size=20) + features[::6, 0])[patients], patients


def test_copies_of_a_row_in_one_group_do_not_recommend_to_learn_rows_by_heart(fake_clock):
    """Leaving out one image of a patient leaves five of it in."""
    features, numbers, patients = copies()
    chosen = choose_ridge(features, numbers, groups=patients)
    assert chosen < choose_ridge(features, numbers) / 10
    sane = choose_ridge(features, numbers, remaining=lambda: 0.0)
    assert choose_ridge(features, numbers, groups=np.zeros(120, dtype=np.int64)) == sane
    assert choose_ridge(features, numbers, groups=patients, remaining=lambda: 0.0) == sane
    assert choose_ridge(features, numbers, groups=patients, remaining=fake_clock(3)) != sane


@pytest.mark.parametrize("d", [10, 200])
def test_the_penalty_by_groups_is_the_one_that_refitting_without_them_finds(d):
    """Whichever Gram matrix is the smaller one."""
    rng = np.random.default_rng(1)
    patients = np.repeat(np.arange(20), 6)
    features = rng.normal(size=(20, d))[patients] + rng.normal(size=(120, d))
    numbers = features[:, 0] + rng.normal(size=20)[patients]
    standardised = (features - features.mean(axis=0)) / features.std(axis=0)
    targets, unit = (numbers - numbers.mean()) / numbers.std(), 120 * d / min(120, d)
    folds = group_folds(strata_of(numbers), 5, 0, patients)
    errors = {}
    for penalty in 10.0 ** np.arange(-4.0, 2.5, 0.5) * unit:
        fits = [Ridge(alpha=penalty).fit(standardised[folds != n], targets[folds != n]) for n in range(5)]
        misses = [fit.predict(standardised[folds == n]) - targets[folds == n] for n, fit in enumerate(fits)]
        errors[penalty] = sum(float(np.square(miss).sum()) for miss in misses)
    chosen = choose_ridge(features, numbers, groups=patients)
    assert chosen == pytest.approx(1 / min(errors, key=errors.__getitem__), rel=1e-6)
