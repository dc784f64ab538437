"""LIME-style coefficients."""

import numpy as np

from automl_tl.explain.alternatives.lime import lime

WEIGHTS = np.array([4.0, -3.0, 2.0, 0.0, 1.0, -1.0])


def test_a_sum_gets_its_weights_up_to_shrinking():
    """With many samples the ridge penalty hardly matters."""
    found = lime(lambda masks: masks @ WEIGHTS, 6, max_evals=4000)
    assert np.allclose(found, WEIGHTS, atol=0.05)


def test_it_spends_what_it_says_and_the_seed_decides():
    """One call with as many coalitions as were asked for."""
    seen = []

    def value(masks):
        seen.append(len(masks))
        return masks @ WEIGHTS + np.sin(masks.sum(axis=1))

    first, again, other = (lime(value, 6, max_evals=50, seed=seed) for seed in (1, 1, 2))
    assert seen == [50, 50, 50]
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
