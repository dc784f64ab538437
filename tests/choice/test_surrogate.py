"""The surrogate is chosen by trials that it has not seen."""

import numpy as np
import pytest

from automl_tl.choice.surrogate import choose_surrogate, folds, left_out_r2
from automl_tl.choice.table import trial_table
from automl_tl.testing.search_sample import SearchTruth, sample_search


@pytest.mark.parametrize(("rows", "most", "count"), [(5, 60, 5), (60, 60, 60), (130, 60, 60), (7, 3, 3)])
def test_every_row_is_left_out_once(rows, most, count):
    """One row a fold as long as there are few."""
    parts = folds(rows, most)
    assert len(parts) == count
    assert sorted(np.concatenate(parts).tolist()) == list(range(rows))


class _Mean:
    def __init__(self, table):
        self.value = table.merits.mean()

    def predict(self, table, trained):
        return np.full(len(trained), self.value)


def test_foretelling_the_mean_is_worth_nothing_and_less_where_training_differs():
    """R2 counts against a straight line in the share of training."""
    whole = trial_table([t for t in sample_search(SearchTruth(0), 40) if t.curve[-1].fraction == 1])
    assert left_out_r2(whole, _Mean) == pytest.approx(0.0, abs=1e-12)
    mixed = trial_table(sample_search(SearchTruth(6), 60, noise=0.0))
    assert left_out_r2(mixed, _Mean) < 0.02


def test_smooth_effects_choose_the_process():
    """Both are measured, the better one is fitted to everything."""
    fitted = choose_surrogate(trial_table(sample_search(SearchTruth(0), 40)))
    assert fitted.facts.kind == "gaussian_process"
    assert fitted.facts.r2 == fitted.facts.r2_gaussian_process > fitted.facts.r2_extra_trees
