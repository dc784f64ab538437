"""The whole search in one call."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from automl_tl.errors import SearchSpaceError, TrialFailed
from automl_tl.finetune.fitted import load
from automl_tl.finetune.workload import LabelledInputs, Workload
from automl_tl.search.avoidance import MemoryLimit
from automl_tl.search.budget import Budget, Deadline, StopReason
from automl_tl.search.inline_runner import InlineRunner
from automl_tl.search.run import search
from automl_tl.search.rung0 import PROBE_STRATEGY
from automl_tl.search.space_reader import parse_space
from automl_tl.search.standing import Standing
from automl_tl.search.trial import TrialState
from automl_tl.testing.runner import rehearse, toy_workload
from automl_tl.testing.strategy import tiny_image_backbone
from automl_tl.zoo.backbone import LoadedModel

SPACE = parse_space("""
modality: image
strategies:
  full_finetune:
    weight_decay: {kind: float, low: 0.0, high: 1.0, default: 0.2}
portfolio: [{strategy: full_finetune}]
""")
MODELS = ("local:a", "local:b")


def go(tmp_path, *, trial_function=rehearse, space=SPACE, trials=4, deadline=None, cards=None, **options):
    rows, workload = [], toy_workload(tmp_path, models=MODELS)
    result = search(
        dataclasses.replace(workload, cards=cards or workload.cards),
        MODELS,
        space,
        budget=Budget(trials=trials),
        deadline=deadline or Deadline.after(None),
        seed=0,
        runner=InlineRunner(trial_function, lambda card: None),
        record=rows.append,
        trial_function=trial_function,
        load_model=lambda card: None,
        **options,
    )
    return result, rows


def test_probes_then_trials_then_the_best(tmp_path):
    """Two probes are free, four trials are paid for, the best value wins, rows come before launches."""
    result, rows = go(tmp_path)
    assert [trial.origin for trial in result.trials] == ["probe"] * 2 + ["portfolio"] * 2 + ["sampler"] * 2
    assert result.best.value == max(trial.value for trial in result.trials)
    assert result.stop_reason is StopReason.BUDGET_TRIALS
    first_states = {}
    for row in rows:
        first_states.setdefault(row.id, row.state)
    assert set(first_states.values()) == {TrialState.PENDING}


def test_a_search_that_memory_forbids_says_so(tmp_path):
    """Only the probes are left then, and whoever waits for more should know why."""
    limit, warnings = MemoryLimit(1e6, {"local:a": 2e6, "local:b": 2e6}, dict.fromkeys(MODELS, 0.0)), []
    result, _ = go(tmp_path, memory=limit, warn=warnings.append)
    assert {trial.origin for trial in result.trials} == {"probe"}
    assert [warning.split()[0] for warning in warnings] == list(MODELS)


def test_after_the_deadline_the_probe_is_the_result(tmp_path):
    """There is always a usable model."""
    result, _ = go(tmp_path, deadline=Deadline(0.0, lambda: 1.0))
    assert (result.best.origin, result.stop_reason) == ("probe", StopReason.BUDGET_WALL_TIME)


def test_cancelling_between_probes_and_trials_keeps_the_probe(tmp_path):
    """The reason is CANCELLED."""
    answers = iter([False, False])
    result, _ = go(tmp_path, cancelled=lambda: next(answers, True))
    assert [trial.origin for trial in result.trials] == ["probe", "probe"]
    assert result.stop_reason is StopReason.CANCELLED


def test_when_nothing_works_the_first_reason_is_told(tmp_path):
    """No model, no result."""

    def broken(workload, **options):
        raise TrialFailed("no luck")

    with pytest.raises(TrialFailed, match="no luck"):
        go(tmp_path, trial_function=broken)


def test_an_earlier_process_is_continued(tmp_path):
    """Numbers go on, finished work is not repeated, the best may be an old one."""
    first, _ = go(tmp_path, trials=2)
    old = [dataclasses.replace(trial, value=0.999, metrics={"accuracy": 0.999}) for trial in first.trials[2:3]]
    again, rows = go(tmp_path, trials=4, finished_trials=[*first.trials[:2], *old, first.trials[3]])
    assert [trial.number for trial in again.trials] == [1, 2, 3, 4, 5, 6]
    assert {row.number for row in rows} == {5, 6}
    assert again.best.number == 3


def test_a_model_with_a_hopeless_probe_is_not_tuned(tmp_path):
    """It keeps its probe row; every paid trial goes to the other."""

    def trial_function(workload, *, model, recipe, **options):
        worse = 0.7 if model == "local:a" else recipe.weight_decay
        return rehearse(workload, model=model, recipe=dataclasses.replace(recipe, weight_decay=worse), **options)

    result, _ = go(tmp_path, trial_function=trial_function)
    assert {trial.model for trial in result.trials if trial.origin != "probe"} == {"local:b"}
    assert [trial.model for trial in result.trials if trial.origin == "probe"] == list(MODELS)


MEASURED = (
    ("accuracy", np.arange(8) % 2, lambda error: 1 - error),
    ("log_loss", np.arange(8) % 2, lambda error: np.log(2) * error),
    ("rmse", np.tile([-2.0, 2.0], 4), lambda error: 2 * error),
)


def tuned_where(tmp_path, metric, labels, figure, *, trained):
    """Return the models that were tuned; probes err by 0.2, 0.2 and 0.4, and the ranking counts out the third."""
    models = ("local:a", "local:b", "local:c")
    probed = dict(zip(models, (0.2, 0.2, 0.4), strict=True))

    def trial_function(workload, *, model, recipe, **options):
        error = probed[model] if recipe.strategy == PROBE_STRATEGY else trained
        plain = dataclasses.replace(recipe, weight_decay=1 - figure(error))
        return rehearse(workload, model=model, recipe=plain, **options)

    bare = toy_workload(tmp_path, models=models, metric=metric)
    inputs = dataclasses.replace(bare.train, labels=labels)
    result = search(
        dataclasses.replace(bare, train=inputs, validation=inputs),
        models,
        SPACE,
        budget=Budget(trials=12),
        deadline=Deadline.after(None),
        seed=0,
        runner=InlineRunner(trial_function, lambda card: None),
        record=lambda trial: None,
        trial_function=trial_function,
        load_model=lambda card: None,
        standings={model: Standing(contender=model != "local:c") for model in models},
    )
    return {trial.model for trial in result.trials if trial.origin != "probe"}


@pytest.mark.parametrize(("metric", "labels", "figure"), MEASURED)
def test_a_useless_probe_keeps_nobody_out_whatever_the_metric(tmp_path, metric, labels, figure):
    """Training gets nowhere near what the probes of the favourites said: the third is tuned as well."""
    assert "local:c" in tuned_where(tmp_path, metric, labels, figure, trained=0.5)


@pytest.mark.parametrize(("metric", "labels", "figure"), MEASURED)
def test_a_probe_that_training_bears_out_is_believed_whatever_the_metric(tmp_path, metric, labels, figure):
    """It is a little worse than the probes, in whatever unit."""
    assert tuned_where(tmp_path, metric, labels, figure, trained=0.24) == {"local:a", "local:b"}


def test_a_trial_that_an_earlier_process_left_running_is_run_again(tmp_path):
    """With its own number; a probe left running is closed and made anew."""
    first, _ = go(tmp_path, trials=1)
    left = [
        dataclasses.replace(first.trials[0], state=TrialState.RUNNING, checkpoint=""),
        first.trials[1],
        dataclasses.replace(first.trials[2], state=TrialState.RUNNING, curve=(), checkpoint=""),
    ]
    again, _ = go(tmp_path, trials=1, finished_trials=left)
    assert [(trial.number, trial.state.value) for trial in again.trials] == [
        (1, "FAILED"),
        (2, "SUCCEEDED"),
        (3, "SUCCEEDED"),
        (4, "SUCCEEDED"),
    ]
    assert again.trials[3].origin == "probe"
    assert again.trials[2].parameters == first.trials[2].parameters


def test_a_space_for_other_data_is_refused(tmp_path):
    """Before anything runs."""
    with pytest.raises(SearchSpaceError, match="is for image data but the dataset is text"):
        search(
            dataclasses.replace(toy_workload(tmp_path), modality="text"),
            ("local:a",),
            SPACE,
            budget=Budget(),
            deadline=Deadline.after(None),
            seed=0,
            runner=InlineRunner(rehearse),
            record=print,
        )


def test_a_space_without_a_strategy_for_any_model_is_refused(tmp_path):
    """None of the models could be tuned; they are named."""
    space = dataclasses.replace(
        SPACE,
        strategies=(
            dataclasses.replace(
                SPACE.strategies[0], when=dataclasses.replace(SPACE.strategies[0].when, families=("vit",))
            ),
        ),
    )
    with pytest.raises(SearchSpaceError, match="no strategy whose condition holds for local:a"):
        go(tmp_path, space=space)


def test_a_model_that_the_space_has_no_strategy_for_keeps_its_probe(tmp_path):
    """One warning names model, space and rule; every paid trial goes to the other; the best may be either's."""
    space = parse_space("""
modality: image
strategies:
  full_finetune:
    when: {family: [vit]}
    weight_decay: {kind: float, low: 0.0, high: 1.0, default: 0.2}
portfolio: [{strategy: full_finetune}]
""")
    workload, warnings = toy_workload(tmp_path, models=MODELS), []
    cards = {**workload.cards, "local:b": dataclasses.replace(workload.cards["local:b"], family="vit")}
    result, _ = go(tmp_path, space=space, cards=cards, warn=warnings.append)
    assert [trial.model for trial in result.trials if trial.origin == "probe"] == list(MODELS)
    assert [trial.model for trial in result.trials if trial.origin != "probe"] == ["local:b"] * 4
    (warning,) = warnings
    assert warning.startswith("local:a is not fine-tuned and keeps its linear probe: the search space 'search_sp")
    assert "full_finetune: family must be vit but is toy" in warning


def real_workload(root: Path) -> Workload:
    """Return a job of telling dark from bright 16 x 16 images with a tiny random backbone."""
    rng = np.random.default_rng(0)
    labels = np.arange(24) % 2
    images = tuple(rng.integers(0, 100, (16, 16, 3), dtype=np.uint8) + np.uint8(120 * label) for label in labels)
    inputs = LabelledInputs(images, labels)
    backbone = tiny_image_backbone().eval()
    features = backbone(backbone.preprocess(images)).detach().numpy()
    bare = toy_workload(root)
    return dataclasses.replace(
        bare,
        train=inputs,
        validation=inputs,
        cards={"local:a": backbone.card},
        train_features={"local:a": features},
        validation_features={"local:a": features},
        device="cpu",
    )


def test_real_fine_tuning_gives_a_model_that_predicts(tmp_path):
    """Known answer: dark and bright are told apart; the best checkpoint loads and is as good as it says."""
    workload = real_workload(tmp_path / "trials")
    space = parse_space("""
modality: image
strategies:
  full_finetune:
    learning_rate: {kind: log_float, low: 1e-3, high: 1e-2, default: 3e-3}
    updates: {kind: int, low: 6, high: 8, default: 6}
portfolio: [{strategy: full_finetune}]
""")
    result = search(
        workload,
        ("local:a",),
        space,
        budget=Budget(trials=2),
        deadline=Deadline.after(None),
        seed=0,
        runner=InlineRunner(load_model=lambda card: LoadedModel(tiny_image_backbone(), "digest")),
        record=lambda trial: None,
        load_model=lambda card: LoadedModel(tiny_image_backbone(), "digest"),
    )
    assert all(trial.state in (TrialState.SUCCEEDED, TrialState.PRUNED) for trial in result.trials)
    assert result.best.value >= 0.9
    answers = load(Path(result.best.checkpoint)).predict(list(workload.validation.inputs))
    right = [
        answer == ("no", "yes")[label] for answer, label in zip(answers, workload.validation.labels, strict=True)
    ]
    assert np.mean(right) == pytest.approx(result.best.value)
