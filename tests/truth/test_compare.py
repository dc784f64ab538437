"""All methods on all data sets, and the single score one would have chosen on the others."""

import numpy as np
import pytest

from automl_tl.truth.compare import CHOSEN, RANDOM, Results, chosen_alone, mean_of, pooled, results_of
from automl_tl.truth.figures import Agreement, agreement
from automl_tl.truth.methods import OURS, STATIC

TRUTH = {"pets": np.array([0.5, 0.6, 0.7, 0.8]), "birds": np.array([0.9, 0.8, 0.6, 0.4])}


def tau(value):
    return Agreement(value, value, 1 - value, 0.0, 1.0)


def test_a_method_is_averaged_over_the_seeds():
    """Right with seed 0, the reverse with seed 1."""
    truth = TRUTH["pets"]
    found = results_of({"pets": truth}, {"pets": {0: {"knn": truth}, 1: {"knn": -truth}}})
    assert found.by_method["knn"]["pets"] == mean_of([agreement(truth, truth), agreement(truth, -truth)])
    assert found.figure("knn", "regret_1") == {"pets": pytest.approx(15)}


def test_a_random_order_is_always_there():
    found = results_of(TRUTH, {data: {0: {"knn": truth}} for data, truth in TRUTH.items()})
    assert found.figure(RANDOM, "tau") == {"pets": 0.0, "birds": 0.0}


def test_only_methods_that_speak_everywhere_are_compared_and_the_others_named():
    """A mean over fewer data sets, or fewer seeds, would be another figure."""
    values = {
        "pets": {0: {"knn": TRUTH["pets"], "leep": TRUTH["pets"], "kid": TRUTH["pets"]}, 1: {}},
        "birds": {0: {"knn": TRUTH["birds"], "leep": TRUTH["birds"]}},
    }
    values["pets"][1] = {"knn": TRUTH["pets"], "kid": TRUTH["pets"]}
    found = results_of(TRUTH, values)
    assert set(found.by_method) == {"knn", RANDOM, CHOSEN}
    assert found.left_out == ("kid", "leep")


def test_nothing_measured_is_nothing_compared():
    assert results_of({}, {}) == Results({})


def test_the_chosen_score_never_saw_the_data_set():
    """On every data set the score that was best on the others fails."""
    found = {
        "knn": {"pets": tau(1.0), "birds": tau(0.2), "cars": tau(0.9)},
        "logme": {"pets": tau(0.1), "birds": tau(0.8), "cars": tau(0.5)},
    }
    chosen = chosen_alone(found)
    # pets: knn 0.55, logme 0.65; birds: knn 0.95, logme 0.3; cars: knn 0.6, logme 0.45
    assert {data: one.weighted_tau for data, one in chosen.items()} == {"pets": 0.1, "birds": 0.2, "cars": 0.9}


def test_its_own_result_cannot_change_the_choice():
    base = {"knn": {"pets": tau(0.3), "birds": tau(0.4)}, "logme": {"pets": tau(0.2), "birds": tau(0.5)}}
    changed = {**base, "knn": {"pets": tau(-1.0), "birds": tau(0.4)}}
    assert chosen_alone(base)["pets"] == base["logme"]["pets"] == chosen_alone(changed)["pets"]


def test_scores_that_tie_elsewhere_are_averaged():
    """Their names must not decide."""
    found = {"knn": {"pets": tau(1.0), "birds": tau(0.6)}, "leep": {"pets": tau(0.0), "birds": tau(0.6)}}
    assert chosen_alone(found)["pets"].weighted_tau == pytest.approx(0.5)


def test_only_single_scores_can_be_chosen():
    """Not ours, not the static ranking, not chance."""
    better = {"pets": tau(1.0), "birds": tau(1.0)}
    weak = {"pets": tau(0.1), "birds": tau(0.1)}
    found = {OURS: better, STATIC: better, RANDOM: better, "our ranking, target data only": better, "knn": weak}
    assert chosen_alone(found) == weak


def test_one_data_set_leaves_nothing_to_choose_on():
    assert chosen_alone({"knn": {"pets": tau(0.3)}}) == {}
    assert CHOSEN not in results_of({"pets": TRUTH["pets"]}, {"pets": {0: {"knn": TRUTH["pets"]}}}).by_method


def test_benches_are_pooled_over_the_methods_that_all_know():
    """Two benches with different data sets make one, where every method has a figure for every data set."""
    one = Agreement(1.0, 1.0, 0.0, 0.0, 1.0)
    first = Results({"knn": {"a": one}, "kid": {"a": one}})
    second = Results({"knn": {"b": one}})
    assert pooled([first, second]).by_method == {"knn": {"a": one, "b": one}}
