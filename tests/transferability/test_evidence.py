"""The one-dimensional maximum is the global one, for many targets at once."""

import numpy as np
import pytest
from scipy.optimize import minimize_scalar

from automl_tl.transferability.evidence import NOISE_FLOOR, maximum_evidence
from automl_tl.transferability.spectrum import Spectrum, spectrum_of


def by_scalar_search(s, energy, total, n):
    """Maximise L over ln t from many brackets."""
    residual = max(total - energy.sum(), NOISE_FLOOR * total)

    def loss(z):
        odds = s * np.exp(-z)
        misfit = (energy / (1 + odds)).sum() + residual
        return 0.5 * n * (np.log(2 * np.pi * misfit / n) + 1) + 0.5 * np.log1p(odds).sum()

    edges = np.linspace(np.log(s.min()) - 35, np.log(s.max()) + 35, 60)
    found = [
        minimize_scalar(loss, bounds=b, method="bounded", options={"xatol": 1e-10})
        for b in zip(edges[:-2], edges[2:], strict=True)
    ]
    return -min(result.fun for result in found)


@pytest.mark.parametrize(("n", "d"), [(40, 6), (25, 25), (20, 70)])
def test_equals_scalar_maximisation(n, d):
    """Of noisy, noiseless and useless targets."""
    rng = np.random.default_rng(n)
    features = rng.normal(size=(n, d)) * 10.0 ** rng.uniform(-2, 2, d)
    clean = features[:, :1] + features[:, 1:2]
    targets = np.hstack([clean, clean + rng.normal(size=(n, 1)), rng.normal(size=(n, 70))])
    spectrum = spectrum_of(features, targets.T)
    total = np.square(targets).sum(axis=0)
    found = maximum_evidence(spectrum, total, n).log_evidence
    for column in (0, 1, 2, 70):
        energy = np.square(spectrum.projections[:, column])
        assert found[column] == pytest.approx(
            by_scalar_search(spectrum.eigenvalues, energy, total[column], n), abs=1e-6
        )


def test_embeddings_without_any_direction_leave_pure_noise():
    """All zero: a Gaussian of the targets' own size."""
    nothing = Spectrum(np.empty(0), np.empty((0, 1)))
    found = maximum_evidence(nothing, np.array([4.0]), 4)
    assert found.log_evidence[0] == pytest.approx(-2 * (np.log(2 * np.pi) + 1))
    assert found.ratio[0] == np.inf
    assert found.noise_precision[0] == 1.0
