"""The posterior against generalised least squares written down directly, and by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from automl_tl.transferability.posterior import Evidence, Posterior, posterior, shifts

NAN = np.nan


def levelled(values, variance):
    """Independent observations of the standing itself."""
    values = np.array(values, float)
    return Evidence(values, np.diag(np.broadcast_to(variance, len(values)).astype(float)), level_known=True)


def differences(values, variance):
    """The same up to an unknown level."""
    evidence = levelled(values, variance)
    return Evidence(evidence.values, evidence.covariance)


def covariance_of(rng, size):
    root = rng.normal(size=(size, size))
    return root @ root.T + 0.1 * np.eye(size)


def direct(evidence):
    """Flat priors on standings and free levels: one weighted least-squares problem in all of them together."""
    models = len(evidence[0].values)
    free = [number for number, each in enumerate(evidence) if not each.level_known]
    design, values, blocks = [], [], []
    for number, each in enumerate(evidence):
        known = np.flatnonzero(np.isfinite(each.values))
        rows = np.zeros((len(known), models + len(free)))
        rows[np.arange(len(known)), known] = 1
        if number in free:
            rows[:, models + free.index(number)] = 1
        design.append(rows)
        values.append(each.values[known])
        blocks.append(np.linalg.inv(each.covariance[np.ix_(known, known)]))
    precision = sum(rows.T @ weight @ rows for rows, weight in zip(design, blocks, strict=True))
    right = sum(rows.T @ weight @ y for rows, weight, y in zip(design, blocks, values, strict=True))
    covariance = np.linalg.inv(precision)
    return (covariance @ right)[:models], covariance[:models, :models]


@pytest.mark.parametrize("seed", range(5))
def test_it_is_generalised_least_squares_with_flat_priors(seed):
    """Correlated errors, missing models, known and free levels."""
    rng = np.random.default_rng(seed)
    first = Evidence(rng.normal(size=6), covariance_of(rng, 6), level_known=True)
    gappy = np.where(np.arange(6) % 3 == 0, NAN, rng.normal(size=6))
    others = [
        Evidence(gappy, covariance_of(rng, 6)),
        Evidence(rng.normal(size=6) + 7, covariance_of(rng, 6)),
        Evidence(np.where(np.arange(6) < 2, NAN, rng.normal(size=6)), covariance_of(rng, 6), level_known=True),
    ]
    mean, covariance = direct([first, *others])
    found = posterior([first, *others])
    assert found.mean == pytest.approx(mean, abs=1e-6)
    assert found.covariance == pytest.approx(covariance, abs=1e-6)
    assert np.array_equal(found.covariance, found.covariance.T)


def test_one_kind_of_evidence_is_its_own_posterior():
    found = posterior([levelled([0.3, -1.0], [0.5, 2.0])])
    assert found.mean == pytest.approx([0.3, -1.0])
    assert found.covariance == pytest.approx(np.diag([0.5, 2.0]))


def test_one_model_is_averaged_by_precision():
    """Variances 1 and 3 of a known level: three parts of one, one of the other."""
    found = posterior([levelled([2.0], 1.0), levelled([6.0], 3.0)])
    assert found.mean == pytest.approx([3.0])
    assert found.covariance == pytest.approx(np.array([[0.75]]))


def test_differences_say_nothing_of_a_single_model():
    found = posterior([levelled([2.0], 1.0), differences([6.0], 1e-6)])
    assert found.mean == pytest.approx([2.0])
    assert found.covariance == pytest.approx(np.array([[1.0]]))


def test_two_models_by_hand():
    """The probe sees a difference of 0, the figures one of 4, both with variance 2: the posterior 2, about 5."""
    found = posterior([levelled([5.0, 5.0], 1.0), differences([104.0, 100.0], 1.0)])
    assert found.mean == pytest.approx([6.0, 4.0])
    difference = np.array([1.0, -1.0])
    assert difference @ found.covariance @ difference == pytest.approx(1.0)  # halved
    assert found.covariance.sum() == pytest.approx(2.0)  # the level is as uncertain as before


def test_differences_do_not_move_the_mean_level():
    """With equal errors of the probe; they say who is better, not how good all are."""
    found = posterior([levelled([1.0, 2.0, 4.5], 0.7), differences([-30.0, 10.0, 80.0], 5.0)])
    assert found.mean.mean() == pytest.approx(2.5)
    assert found.mean[2] - found.mean[0] > 3.5


@given(st.floats(-1e3, 1e3))
def test_a_constant_added_to_differences_changes_nothing(constant):
    first, values = levelled([0.1, 0.5, 0.2], [0.1, 0.2, 0.3]), np.array([1.0, NAN, 3.0])
    one, two = (posterior([first, differences(values + shift, 0.5)]) for shift in (0.0, constant))
    assert two.mean == pytest.approx(one.mean, abs=1e-6)
    assert two.covariance == pytest.approx(one.covariance)


def test_models_without_a_value_are_judged_by_the_first_kind_alone():
    """Where its errors are independent of the others'."""
    found = posterior(
        [levelled([1.0, 2.0, 3.0], 1.0), differences([NAN, 0.0, 9.0], 1.0), differences([NAN] * 3, 1.0)]
    )
    assert found.mean[0] == pytest.approx(1.0)
    assert found.covariance[0] == pytest.approx([1.0, 0.0, 0.0])
    assert found.mean[1:] == pytest.approx([0.0, 5.0])


def test_rows_of_models_without_a_value_are_not_looked_at():
    first, variances = levelled([1.0, 2.0, 3.0], 1.0), np.diag([1.0, 2.0, 3.0])
    spoilt = variances.copy()
    spoilt[0], spoilt[:, 0] = NAN, NAN
    values = np.array([NAN, 1.0, 5.0])
    one, two = (posterior([first, Evidence(values, covariance)]) for covariance in (variances, spoilt))
    assert np.array_equal(one.mean, two.mean)


def test_more_evidence_never_makes_less_certain():
    rng = np.random.default_rng(2)
    first = Evidence(rng.normal(size=4), covariance_of(rng, 4), level_known=True)
    before = np.diag(posterior([first]).covariance)
    after = np.diag(posterior([first, Evidence(rng.normal(size=4), covariance_of(rng, 4))]).covariance)
    assert (after < before).all()


def test_errors_that_are_perfectly_correlated_or_nil_are_no_obstacle():
    """Two models probed on the same examples with the same answers; a probe without any error."""
    found = posterior(
        [Evidence(np.array([1.0, 1.0]), np.ones((2, 2)), level_known=True), differences([0, 1], 1.0)]
    )
    assert found.mean == pytest.approx([1.0, 1.0], abs=1e-6)
    exact = posterior([levelled([1.0, 2.0], 0.0), differences([5, 1], 1.0)])
    assert exact.mean == pytest.approx([1.0, 2.0], abs=1e-6)


def test_bounds_hold_the_central_95_percent():
    low, high = Posterior(np.array([1.0, 2.0]), np.diag([0.25, 4.0])).bounds()
    assert low == pytest.approx([1 - 1.96 * 0.5, 2 - 1.96 * 2], abs=1e-3)
    assert high == pytest.approx([1 + 1.96 * 0.5, 2 + 1.96 * 2], abs=1e-3)


def test_draws_have_the_posterior_s_moments():
    rng = np.random.default_rng(4)
    true = Posterior(rng.normal(size=3), covariance_of(rng, 3))
    draws = true.draws(0, count=40_000)
    assert draws.shape == (40_000, 3)
    assert draws.mean(axis=0) == pytest.approx(true.mean, abs=1e-9)  # antithetic pairs
    assert np.cov(draws, rowvar=False) == pytest.approx(true.covariance, rel=0.05, abs=0.05)


def test_draws_of_correlated_models_keep_together():
    draws = Posterior(np.zeros(2), np.ones((2, 2))).draws(0)
    assert draws[:, 0] == pytest.approx(draws[:, 1])
    assert draws[:, 0].std() == pytest.approx(1.0, rel=0.05)


def test_the_seed_decides_the_draws():
    true = Posterior(np.zeros(2), np.eye(2))
    assert np.array_equal(true.draws(1), true.draws(1))
    assert not np.array_equal(true.draws(1), true.draws(2))


def test_the_shifts_of_all_kinds_lead_from_the_first_kind_to_the_mean():
    """Exactly, also where a kind is silent on some models."""
    rng = np.random.default_rng(0)
    first = Evidence(rng.normal(size=4), np.diag(rng.uniform(0.1, 1, 4)), level_known=True)
    second = Evidence(np.array([0.3, np.nan, -1.0, 2.0]), 0.5 * np.eye(4))
    third = Evidence(np.array([np.nan, np.nan, 1.0, 0.0]), np.eye(4))
    believed = posterior([first, second, third])
    moved = shifts([first, second, third], believed)
    assert np.allclose(first.values + sum(moved), believed.mean, atol=1e-12)
    alone = posterior([first, third])
    assert np.allclose(shifts([first, third], alone)[0], alone.mean - first.values, atol=1e-12)
