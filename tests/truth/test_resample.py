"""Fewer rows and fewer candidates make new tasks with the same truth."""

import numpy as np

from automl_tl.testing.scorer import clustered_sample
from automl_tl.truth.resample import forecasts

SEPARATIONS = {"a:weak": 0.3, "a:fair": 1.0, "a:good": 2.0, "a:best": 4.0}


def found(**changes):
    samples = {model: clustered_sample(n=90, separation=value) for model, value in SEPARATIONS.items()}
    return list(forecasts(samples, SEPARATIONS, {}, (), source="clusters", **changes))


def test_every_share_of_rows_gives_its_subsets():
    tasks = found(shares=(0.4, 1.0), subsets=3)
    assert len(tasks) == 6
    for task in tasks:
        assert 3 <= len(task.probabilities) <= 4
        assert task.probabilities.sum() == 1.0 or np.isclose(task.probabilities.sum(), 1.0)
        assert task.contenders[task.probabilities.argmax()]


def test_the_truth_decides_who_is_best():
    """Candidates keep their order, the most separable one comes last whenever it takes part."""
    for task in found(shares=(1.0,), subsets=8):
        assert task.best == len(task.probabilities) - 1


def test_fewer_rows_make_less_certain():
    few, many = found(shares=(0.2,), subsets=6), found(shares=(1.0,), subsets=6)
    certainty = [np.mean([task.probabilities.max() for task in tasks]) for tasks in (few, many)]
    assert certainty[0] < certainty[1]


def test_the_seed_decides():
    first, again, other = found(subsets=2, seed=1), found(subsets=2, seed=1), found(subsets=2, seed=2)
    assert all(np.array_equal(a.probabilities, b.probabilities) for a, b in zip(first, again, strict=True))
    assert any(
        len(a.probabilities) != len(b.probabilities) or not np.array_equal(a.probabilities, b.probabilities)
        for a, b in zip(first, other, strict=True)
    )
