"""One draw: disjoint, stratified, and always tested on the same rows."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from automl_tl.data.dataset import Dataset
from automl_tl.errors import DatasetError
from automl_tl.truth.task import draw_task


@pytest.fixture
def flowers():
    """A data set of labels only: 300, 150 and 50 rows of three classes."""
    labels = ("rose",) * 300 + ("lily",) * 150 + ("iris",) * 50
    return labelled(labels)


def labelled(labels, **columns):
    ids = tuple(f"row {number}" for number in range(len(labels)))
    return Dataset("text", "d1", Path(), ids, ids, {"label": tuple(labels), **columns})


def shares(task, rows):
    return np.bincount(task.labels(rows), minlength=3) / len(rows)


def test_parts_are_disjoint_and_as_large_as_asked(flowers):
    task = draw_task("flowers", flowers, rows=100, seed=3)
    assert (len(task.train), len(task.validation), len(task.test)) == (80, 20, 100)
    parts = [set(part.tolist()) for part in (task.train, task.validation, task.test)]
    assert len(set.union(*parts)) == 200
    for part in (task.train, task.validation, task.test):
        assert (np.diff(part) > 0).all()


def test_every_part_has_the_classes_in_proportion(flowers):
    task = draw_task("flowers", flowers, rows=100, seed=3, most_test=50)
    assert len(task.test) == 50
    for part in (task.train, task.validation, task.test):
        assert shares(task, part) == pytest.approx([0.1, 0.3, 0.6], abs=0.011)  # iris, lily, rose


def test_the_seed_draws_the_rows_to_learn_from_only(flowers):
    """Whatever differs between seeds is no matter of the test."""
    one, two, again = (draw_task("flowers", flowers, rows=100, seed=seed, most_test=40) for seed in (1, 2, 1))
    assert np.array_equal(one.test, two.test)
    assert not np.array_equal(one.train, two.train)
    assert not np.array_equal(one.validation, two.validation)
    assert np.array_equal(one.train, again.train)
    assert one.digest == again.digest != two.digest


def test_more_rows_leave_the_test_part_as_it_is(flowers):
    few, many = (draw_task("flowers", flowers, rows=rows, seed=0) for rows in (50, 400))
    assert np.array_equal(few.test, many.test)
    assert len(many.train) + len(many.validation) == 400


def test_test_rows_of_the_data_are_never_learnt_from():
    """A split column decides; its validation rows may be learnt from."""
    labels = ("cat", "dog") * 30
    split = ("train",) * 20 + ("validation",) * 20 + ("test",) * 20
    task = draw_task("pets", labelled(labels, split=split), rows=40, seed=0)
    assert task.test.tolist() == list(range(40, 60))
    assert sorted([*task.train, *task.validation]) == list(range(40))


def test_rows_without_a_label_take_no_part():
    task = draw_task("pets", labelled(("cat", "dog", "") * 20), rows=20, seed=0)
    assert (task.target.labels[np.concatenate([task.train, task.validation, task.test])] >= 0).all()


def test_more_rows_than_there_are_is_refused_in_words(flowers):
    with pytest.raises(DatasetError, match="flowers has 400 rows outside its test part, but rows = 401") as caught:
        draw_task("flowers", flowers, rows=401, seed=0)
    assert caught.value.field == "rows"


def test_fewer_rows_than_classes_still_show_every_class_or_are_refused():
    """30 classes of 10: one row each leaves no validation part."""
    words = tuple(f"class {number % 30}" for number in range(300))
    with pytest.raises(DatasetError, match="10 rows of words are one for each of 30 classes"):
        draw_task("words", labelled(words), rows=10, seed=0)
    task = draw_task("words", labelled(words), rows=60, seed=0)
    assert len(np.unique(task.labels(task.train))) == 30


def test_rare_classes_are_judged_by_balanced_accuracy(flowers):
    assert draw_task("flowers", flowers, rows=100, seed=0).metric == "balanced_accuracy"
    assert draw_task("pets", labelled(("cat", "dog") * 30), rows=30, seed=0).metric == "accuracy"


def test_the_digest_changes_with_data_and_target(flowers):
    task = draw_task("flowers", flowers, rows=100, seed=0)
    assert len(task.digest) == 12
    other = draw_task("flowers", replace(flowers, digest="d2"), rows=100, seed=0)
    renamed = replace(flowers, columns={"kind": flowers.columns["label"]})
    assert (
        len({task.digest, other.digest, draw_task("flowers", renamed, rows=100, seed=0, target="kind").digest})
        == 3
    )
