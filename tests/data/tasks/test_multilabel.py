"""Any number of labels per row."""

import numpy as np
import pytest

from automl_tl.data.dataset import PARTS
from automl_tl.data.limits import Limits
from automl_tl.data.profile import profile
from automl_tl.data.tasks.base import Column, target_tasks
from automl_tl.errors import DatasetError, LimitExceeded, SpecError

TASK = target_tasks.get("multilabel")


def tags(n, labels=6, seed=0):
    """Return cells with labels of falling frequency; about a fifth of the rows have none."""
    rng = np.random.default_rng(seed)
    drawn = rng.random((n, labels)) < 0.6 / (1 + np.arange(labels))
    return ["|".join(f"l{column}" for column in np.flatnonzero(row)) or "[]" for row in drawn]


def test_labels_are_indicators():
    """Columns in the order of the sorted names; an empty cell is unknown."""
    cells = ("b|a", "a", "[]", "")
    labels = TASK.read(Column("y", cells * 3, tuple(map(str, range(12)))), Limits())
    assert labels.names == ("a", "b")
    assert labels.values[:4].tolist() == [[1, 1], [1, 0], [0, 0], [-1, -1]]
    assert TASK.labelled(labels.values)[:4].tolist() == [True, True, True, False]
    assert [TASK.describe(row, labels.names) for row in labels.values[:3]] == ["a | b", "a", "(none)"]


def test_every_part_has_its_share_of_every_label(labelled_texts):
    """Within a row or two, and the parts have the right sizes."""
    data = labelled_texts(tags(400), task="multilabel")
    sizes = np.array([len(data.split.part(part)) for part in PARTS])
    assert sizes.tolist() == pytest.approx([256, 64, 80], abs=6)
    totals = (data.labels == 1).sum(axis=0)
    for part, share in zip(PARTS, (0.64, 0.16, 0.2), strict=True):
        held = (data.labels[data.split.part(part)] == 1).sum(axis=0)
        assert held.tolist() == pytest.approx((share * totals).tolist(), abs=4)


def test_a_rare_label_is_always_in_train(labelled_texts):
    """Three rows are enough for every part as a rule, and for train for certain."""
    for seed in range(8):
        cells = tags(60, seed=seed)
        cells[:3] = ["rare|l0", "rare|l1", "l0|rare"]
        data = labelled_texts(cells, task="multilabel", seed=seed)
        place = data.class_names.index("rare")
        assert (data.labels[data.split.train, place] == 1).any()


def test_groups_stay_whole(labelled_texts):
    """Whatever their labels."""
    groups = [f"g{number // 6}" for number in range(240)]
    data = labelled_texts(tags(240), columns={"who": groups}, group_by="who", task="multilabel")
    homes = [{groups[row] for row in data.split.part(part)} for part in PARTS]
    assert not homes[0] & homes[1] | homes[0] & homes[2] | homes[1] & homes[2]
    assert all(homes)


def test_a_label_that_train_does_not_teach_is_refused(labelled_texts):
    """In a split that was stated."""
    stated = ["train"] * 30 + ["test"] * 10
    cells = ["a|b", "b", "a"] * 10 + ["c"] * 10
    with pytest.raises(DatasetError, match="label 'c' occurs in test but not in train"):
        labelled_texts(cells, columns={"split": stated}, task="multilabel")


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        (["a"] * 20, "one label, 'a'.*separate the labels of a row"),
        ([""] * 20, "no labels"),
        (["[]"] * 20, "no labels"),
        (["a|b", "b"] * 10 + ["c|d", "c"], "2 labels have fewer than 3 rows: 'c', 'd'"),
        (
            [f"word{number}, word{number + 1}" for number in range(40)],
            "separate labels by . or ; and not by commas",
        ),
        (["a|b", "a;b"] * 10, "two separators"),
    ],
)
def test_columns_that_hold_no_sets_of_labels_are_refused(labelled_texts, cells, message):
    """With what to do."""
    with pytest.raises(DatasetError, match=message):
        labelled_texts(cells, task="multilabel")


def test_limits_and_summaries(labelled_texts):
    """The limit is named; one value only cannot be learnt."""
    with pytest.raises(LimitExceeded, match="6 labels are more than max_classes = 5"):
        labelled_texts(tags(200), task="multilabel", limits=Limits(max_classes=5))
    with pytest.raises(SpecError, match="at least two"):
        TASK.check_summary("y", distinct=1, labelled=9, examples=("a",))


def test_the_profile_counts_labels(labelled_texts):
    """A row can count several times, so parts are counted for themselves."""
    cells = ["always|a", "always|b", "always", "always|a|b"] * 12 + [""] * 5
    found = profile(labelled_texts(cells, task="multilabel"))
    assert sum(found.part_counts.values()) == found.labelled == 48
    assert found.unlabelled == 5
    assert sum(found.class_counts[part]["a"] for part in PARTS) == 24
    assert any("Every row has 'always'" in text for text in found.warnings)
    assert any("5 rows without a value of 'y' are not used" in text for text in found.warnings)
    single = profile(labelled_texts(["a", "b"] * 20, task="multilabel"))
    assert any("task = classification fits better" in text for text in single.warnings)


def test_copies_with_other_labels_are_told(labelled_texts, monkeypatch):
    """The sets are named in words."""
    from automl_tl.data import duplicates
    from automl_tl.data.modalities.base import modalities

    text = modalities.get("text")
    monkeypatch.setattr(type(text), "content_key", lambda self, dataset, row: str(row % 20))
    data = labelled_texts(["a|b", "a"] * 10 + ["a|b", "b"] * 10, task="multilabel")
    groups = duplicates.find_duplicates(data, lambda label: TASK.describe(label, data.class_names))
    assert sorted(groups[1].class_names) == ["a", "b"]
    assert not groups[0].conflicting
