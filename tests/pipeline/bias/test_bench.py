"""The bench looks at the clock."""

import itertools

import numpy as np
import pytest

from automl_tl.errors import DeadlineReached


def test_embeddings_and_answers_belong_to_the_rows(make_bench):
    """Of all test rows, in order."""
    bench = make_bench()
    rows = bench.predictions.rows
    features = bench.embed(rows)
    assert len(features) == len(rows) == len(bench.answers)
    assert (bench.answers == (features[:, 0] > 0)).all()
    assert bench.timed(bench.model)(bench.inputs(rows[:3])) == pytest.approx(bench.predictions.probabilities[:3])
    assert bench.embed(np.zeros(0, dtype=np.int64)).size == 0


def test_no_time_is_no_half_answer(make_bench):
    """Time that ends in the middle ends the work."""
    calls = itertools.count()
    bench = make_bench(lambda: next(calls) >= 2)
    with pytest.raises(DeadlineReached):
        bench.embed(bench.predictions.rows)
    with pytest.raises(DeadlineReached):
        bench.timed(bench.model)(bench.inputs(bench.predictions.rows))
