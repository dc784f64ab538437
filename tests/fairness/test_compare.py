"""One attribute examined: counts, rates and tests belong together."""

import numpy as np
import pytest

from automl_tl.data.groups import group_values
from automl_tl.fairness.answers import read_answers
from automl_tl.fairness.compare import examine
from automl_tl.fairness.permutation import gap_p_value


def examined(**options):
    rng = np.random.default_rng(0)
    true = rng.integers(0, 2, 300)
    group = np.array(["a", "b", "c"] * 100)
    pred = np.where(rng.random(300) < np.where(group == "b", 0.6, 0.9), true, 1 - true)
    return examine("g", read_answers(true, pred, **options), group_values(group.tolist()))


def test_every_rate_has_its_test():
    """The exact test of the same counts; its group is the one that is farthest off."""
    entry = examined()
    hits, sizes = entry.cells("accuracy")
    test = entry.tests["accuracy"]
    assert test.p_value == gap_p_value(hits, sizes)
    assert entry.grouped.names[test.group] == "b"
    assert test.each[1] <= test.p_value
    assert entry.sizes.tolist() == [100, 100, 100]
    assert entry.about_labels == {"base_rate[1]"}


def test_means_are_tested_beside_shares():
    """Scores add two means; their denominators are all rows of the group."""
    entry = examined(y_score=np.linspace(0, 1, 300))
    assert set(entry.means) == {"brier_score", "calibration_gap[1]"}
    assert 0 < entry.tests["brier_score"].p_value <= 1
    assert entry.denominators("brier_score").tolist() == [100, 100, 100]


def test_small_groups_are_not_watched_and_alone_there_is_no_test():
    """Nine rows belong to the rest of the others; one large group against nine rows is no comparison."""
    answers = read_answers([0, 1] * 60, [0, 1] * 60)
    three = examine("g", answers, group_values(["a"] * 60 + ["b"] * 51 + ["c"] * 9))
    assert three.tests["accuracy"].watched.tolist() == [True, True, False]
    assert examine("g", answers, group_values(["a"] * 111 + ["b"] * 9)).tests["accuracy"] is None


def test_of_two_groups_the_harmed_one_is_named():
    """Both are as far from each other; low accuracy and high false positive rate are the harm."""
    true = np.array([0, 1] * 100)
    pred = true.copy()
    pred[:60:2] = 1
    entry = examine("g", read_answers(true, pred), group_values(["a"] * 100 + ["b"] * 100))
    assert [entry.tests[rate].group for rate in ("accuracy", "false_positive_rate[1]")] == [0, 0]
    assert entry.harm["false_positive_rate[1]"] == pytest.approx(1.0)
