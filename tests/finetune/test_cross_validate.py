"""Every training row is judged by models that have not seen it."""

from __future__ import annotations

import numpy as np
import pytest

from automl_tl.errors import TrialFailed
from automl_tl.finetune import cross_validate, probe_head
from automl_tl.finetune.cross_validate import fold_workload, folds_of, held_out_answers, held_out_probe
from automl_tl.finetune.final_plan import Run
from automl_tl.finetune.recipe import Recipe


@pytest.fixture
def run(model_id) -> Run:
    return Run("t1", model_id, Recipe("full_finetune", updates=6, batch_size=12), 1, 6)


@pytest.fixture
def answers(workload, run, model_id, load_tiny, unlimited):
    def make(remaining=unlimited, workload=workload, **recipe):
        probe = Run("t0", model_id, Recipe("linear_probe", **recipe), 0, 0)
        return held_out_answers(workload, run, probe, folds=3, seed=0, remaining=remaining, load_model=load_tiny)

    return make


def test_each_training_row_is_held_out_once(answers, workload):
    found = answers()
    assert sorted(found.rows.tolist()) == list(range(len(workload.train)))
    np.testing.assert_array_equal(found.labels, workload.train.labels[found.rows])
    assert found.probe.shape == found.tuned.shape == (36, 3)
    np.testing.assert_allclose(found.tuned.sum(axis=1), 1, atol=1e-5)


def test_a_probe_of_other_layers_is_held_out_as_the_one_that_answers(answers, monkeypatch):
    """A mean with it is weighed by its own answers, and a fold that it has no time for counts for nobody."""
    plain, other = answers(), answers(feature_layers="head2toe")
    np.testing.assert_array_equal(plain.tuned, other.tuned)
    assert not np.allclose(plain.probe, other.probe, atol=1e-3)
    real = cross_validate.straight_run

    def late(*args, recipe, **options):
        if recipe.strategy == "linear_probe":
            raise TrialFailed("the time was used up")
        return real(*args, recipe=recipe, **options)

    monkeypatch.setattr(cross_validate, "straight_run", late)
    assert answers(feature_layers="head2toe") is None
    assert answers().folds == 3


def test_without_time_for_all_folds_there_is_no_answer(answers, fake_clock):
    assert answers(remaining=fake_clock(3)) is None


def test_a_fold_trains_on_everything_else(workload, model_id):
    held_out = np.array([0, 5, 9])
    part = fold_workload(workload, held_out)
    assert len(part.train) == 36 - 3 + 24
    np.testing.assert_array_equal(part.validation.labels, workload.train.labels[held_out])
    np.testing.assert_array_equal(part.validation_features[model_id], workload.train_features[model_id][held_out])
    assert part.train_features[model_id].shape[0] == len(part.train)
    assert part.heads == {}


def test_groups_are_held_out_whole():
    labels = np.arange(40) % 2
    groups = [f"patient {index // 4}" for index in range(40)]
    folds = folds_of(labels, 3, seed=0, groups=groups)
    assert set(folds) == {0, 1, 2}
    assert all(len(set(folds[start : start + 4])) == 1 for start in range(0, 40, 4))
    assert (folds_of(labels, 3, seed=0, groups=["one"] * 40) == -1).all()


def test_groups_that_are_many_beside_few_rows_of_a_class_are_held_out_all_the_same():
    """Three rows of each class, every one of a patient of its own: as without groups."""
    labels, patients = np.repeat(np.arange(4), 3), [f"p{number}" for number in range(12)]
    folds = folds_of(labels, 5, seed=0, groups=patients)
    assert set(folds) == {0, 1, 2, 3, 4}
    np.testing.assert_array_equal(folds, folds_of(labels, 5, seed=0))
    pairs = folds_of(np.repeat(np.arange(4), 6), 5, seed=0, groups=np.repeat(patients, 2))
    assert all(len(set(pairs[start : start + 2])) == 1 for start in range(0, 24, 2))
    assert set(pairs) == {0, 1, 2, 3, 4}
    assert (folds_of(np.arange(12), 5, seed=0, groups=patients) == -1).all()


def test_rows_that_are_held_out_bring_their_groups(answers, workload, model_id, in_groups):
    together = in_groups(workload, 4)
    found = answers(workload=together)
    np.testing.assert_array_equal(found.groups, together.train.groups[found.rows])
    probed = held_out_probe(together, Run("t0", model_id, Recipe("linear_probe"), 0, 0), seed=0)
    assert sorted(probed.groups) == sorted([*together.train.groups, *together.validation.groups])
    np.testing.assert_array_equal(probed.groups[:24], together.validation.groups)


def test_the_probe_is_held_out_on_both_parts(workload, model_id):
    found = held_out_probe(workload, Run("t0", model_id, Recipe("linear_probe"), 0, 0), seed=0)
    assert len(found.labels) == len(found.answers) == 60
    assert (found.answers.argmax(axis=1) == found.labels).mean() > 0.5
    assert found.groups is None


@pytest.mark.parametrize(("own", "choices"), [(0.0, 1), (0.3, 0)])
def test_the_penalty_of_the_probe_is_chosen_once_if_at_all(workload, model_id, monkeypatch, own, choices):
    """Choosing it in every fold is a dozen fits for each."""
    asked, choose = [], cross_validate.choose_head
    monkeypatch.setattr(
        cross_validate, "choose_head", lambda *args, **kwargs: asked.append(1) or choose(*args, **kwargs)
    )
    monkeypatch.setattr(probe_head, "choose_head", lambda *args, **kwargs: pytest.fail("chosen in a fold"))
    recipe = Recipe("linear_probe", inverse_regularisation=own)
    held_out_probe(workload, Run("t0", model_id, recipe, 0, 0), seed=0)
    assert len(asked) == choices


def test_a_late_fold_does_not_hold_its_rival_back(answers, monkeypatch):
    """The penalty of the probe is chosen as well as ever, whatever time the fine-tuned run has left."""
    given = []

    def choose(*args, **options):
        given.append(options)
        return probe_head.choose_head(*args, **options)

    monkeypatch.setattr(cross_validate, "choose_head", choose)
    answers(remaining=lambda: 5000.0)
    assert [sorted(options) for options in given] == [["seed"]] * 3


def test_the_probes_penalty_is_chosen_while_there_is_time(workload, model_id, count_calls):
    """Without any, six fits are left: one for the value's own head, and one for each part that is held out."""
    run = Run("t0", model_id, Recipe("linear_probe"), 0, 0)
    fits = count_calls("automl_tl.finetune.head.LogisticRegression")
    found = held_out_probe(workload, run, seed=0, remaining=lambda: 0.0)
    assert len(found.labels) == 60
    assert len(fits) == 1 + 1 + 5
