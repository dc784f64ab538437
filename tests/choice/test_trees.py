"""The forest as leaves is the forest."""

import numpy as np
from sklearn.tree import ExtraTreeRegressor

from automl_tl.choice.table import trial_table
from automl_tl.choice.trees import fit_extra_trees
from automl_tl.testing.search_sample import SearchTruth, sample_search


def test_leaves_predict_what_the_trees_predict():
    """Against scikit-learn's own trees, grown from the same seeds, on other trials too."""
    table = trial_table(sample_search(SearchTruth(0), 24))
    forest = fit_extra_trees(table, seed=5)
    points = np.column_stack([table.encoded, table.trained]).astype(np.float32)
    trees = [
        ExtraTreeRegressor(max_features=max(1, points.shape[1] // 2), random_state=5 + n).fit(points, table.merits)
        for n in range(100)
    ]
    between = np.random.default_rng(0).uniform(0, 1, points.shape).astype(np.float32)
    expected = np.mean([tree.predict(between) for tree in trees], axis=0)
    from dataclasses import replace

    other = replace(table, encoded=between[:, :-1].astype(float))
    assert np.allclose(forest.predict(other, between[:, -1].astype(float)), expected, atol=1e-12)


def test_the_terms_add_up_to_the_prediction_of_a_full_run():
    """Leaves of stopped trials only are gone."""
    table = trial_table(sample_search(SearchTruth(1), 30))
    forest = fit_extra_trees(table)
    terms = forest.terms(table)
    filled = np.where(table.active[:, :, None], terms.values, terms.absent[None])
    assert np.allclose(np.prod(filled, axis=1) @ terms.weights, forest.predict(table, np.ones(30)), atol=1e-12)
