"""LIME-style coefficients."""

import numpy as np
import pytest

from automl_tl.errors import DeadlineReached
from automl_tl.explain.alternatives.lime import lime, lime_in_time

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


def test_without_a_deadline_time_changes_nothing(tiny_game):
    """Bit for bit the same coefficients, of each output."""
    game = tiny_game("image")
    values, evaluations = lime_in_time(game, [0, 2], seed=3)
    assert evaluations == 100
    for column, index in enumerate((0, 2)):
        plain = lime(lambda masks, i=index: game(masks)[:, i], game.n_features, seed=3)
        assert np.array_equal(values[:, column], plain)


@pytest.mark.parametrize(("batches", "enough"), [(1, False), (2, False), (3, True)])
def test_at_the_deadline_what_is_known_is_regressed_on(tiny_game, batches, enough):
    """Once it is more coalitions than there are features; the first ones that were drawn."""
    game, left = tiny_game("text"), [batches + 0.5]
    game.batch_size = game.n_features // 2

    def remaining():
        left[0] -= 1
        return left[0]

    game.remaining = remaining
    if not enough:
        with pytest.raises(DeadlineReached):
            lime_in_time(game, [1])
        return
    values, evaluations = lime_in_time(game, [1])
    assert game.n_features < game.evaluations <= evaluations < 100
    assert values.shape == (game.n_features, 1)
    assert np.abs(values).max() > 0
