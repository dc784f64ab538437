"""Contract of a task: subclass it, name the task and give a column with its names and cells that do not fit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from automl_tl.data.limits import Limits
from automl_tl.data.split import draw_split
from automl_tl.data.tasks.base import Column, Labels, TargetTask, target_tasks
from automl_tl.errors import AutomlError
from automl_tl.finetune.classifier import random_head
from automl_tl.finetune.links import LINKS
from automl_tl.finetune.metrics import metrics, metrics_of
from automl_tl.finetune.tasks.base import LearningTask, learning_tasks

__all__ = ["TaskContract"]


class TaskContract:
    """What every task must do in the data room and in training.

    A subclass sets ``task_name``, ``cells``, at least forty and one of them empty, and ``wrong_cells``, columns
    that the task must refuse.
    """

    task_name: str
    cells: tuple[str, ...]
    wrong_cells: tuple[tuple[str, ...], ...]

    def target(self) -> TargetTask:
        """Return the task of the data room."""
        return target_tasks.get(self.task_name)

    def learning(self) -> LearningTask:
        """Return the task of training."""
        return learning_tasks.get(self.task_name)

    def labels(self) -> Labels:
        """Return the column's labels."""
        return self.target().read(_column(self.cells), Limits())

    def known(self) -> tuple[Labels, Any]:
        """Return the labels, and those of the rows that have one."""
        labels = self.labels()
        return labels, labels.values[self.target().labelled(labels.values)]

    def test_both_rooms_know_it(self) -> None:
        """Under one name, with a sentence for people and a link that exists."""
        assert self.target().name == self.learning().name == self.task_name
        assert self.target().summary.endswith(".")
        assert self.learning().link in LINKS

    def test_rows_without_a_label_are_known(self) -> None:
        """Empty cells have none, all others have one, and each can be said in words."""
        labels = self.labels()
        assert self.target().labelled(labels.values).tolist() == [bool(cell) for cell in self.cells]
        assert len(labels.values) == len(self.cells)
        for cell, label in zip(self.cells, labels.values, strict=True):
            assert not cell or self.target().describe(label, labels.names)

    @pytest.mark.parametrize("seed", range(3))
    def test_rows_can_be_divided(self, seed: int) -> None:
        """Every labelled row belongs to one part, and no part is empty."""
        labels = self.labels()
        strata = self.target().strata(labels.values, labels.names)
        split = draw_split(
            strata.codes, class_names=strata.names, members=strata.members, noun=strata.noun, plan=None
        )
        parts = [split.part(name) for name in ("train", "validation", "test")]
        assert all(len(part) for part in parts)
        expected = np.flatnonzero(self.target().labelled(labels.values))
        assert np.array_equal(np.sort(np.concatenate(parts)), expected)

    def test_counts_are_of_labelled_rows(self) -> None:
        """What is counted has a name."""
        labels = self.labels()
        counts = self.target().counts(labels.values, labels.names)
        assert counts.table.shape == (len(self.cells), len(counts.names))
        assert not counts.table[[not cell for cell in self.cells]].any()

    def test_wrong_columns_are_refused_in_words(self) -> None:
        """With an error of ours that names the target."""
        assert self.wrong_cells
        for cells in self.wrong_cells:
            with pytest.raises(AutomlError) as caught:
                self.target().read(_column(cells), Limits())
            assert caught.value.field == "target"

    def test_a_solved_head_beats_the_constant_answer(self) -> None:
        """By the default metric, which has a reason, on features that tell the labels."""
        labels, known = self.known()
        task, outputs = self.learning(), len(labels.names)
        choice = task.default_metric(known)
        assert choice.name in metrics_of(self.task_name)
        assert choice.reason.startswith("because")
        rng = np.random.default_rng(0)
        shown = self.target().counts(known, labels.names).table.astype(float)
        features = np.column_stack([shown + 0.1 * rng.normal(size=shown.shape), rng.normal(size=(len(known), 2))])
        chosen = task.choose(features, known, outputs, seed=0)
        assert task.choose(features, known, outputs, seed=0, remaining=lambda: -1.0) > 0
        head = task.solve(features, known, outputs, inverse_regularisation=chosen, seed=0)
        assert (head.link, head.weight.shape) == (task.link, (outputs, features.shape[1]))
        metric, constant = metrics.get(choice.name), task.constant(known, outputs, choice.name)
        answers = head.probabilities(features)
        always = np.tile(constant.answers, (len(known), 1))
        assert metric.better(metric.value(known, answers), metric.value(known, always))
        assert len(task.decode(answers, labels.names, ())) == len(known)

    def test_examples_can_be_chosen_by_how_wrong_they_are(self) -> None:
        """For explanations: right ones, wrong ones, and every kind of label."""
        labels, known = self.known()
        answers = np.random.default_rng(2).random((len(known), len(labels.names)))
        assert self.learning().right(known, answers).dtype == bool
        assert np.isfinite(self.learning().surprise(known, answers)).all()
        assert len(np.unique(self.learning().kinds(known))) > 1

    def test_a_random_head_answers_in_the_labels_unit(self) -> None:
        """An untrained network is not off by orders of magnitude."""
        labels, known = self.known()
        blank = self.learning().blank(random_head(len(labels.names), 4, seed=0), known)
        assert blank.link == self.learning().link
        assert blank.unit == self.learning().unit(known)
        assert np.isfinite(blank.probabilities(np.ones((2, 4)))).all()


def _column(cells: tuple[str, ...]) -> Column:
    return Column("y", cells, tuple(str(number + 1) for number in range(len(cells))))
