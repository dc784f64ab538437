"""One trial in this process."""

import math

import pytest
import torch

from automl_tl.errors import InvalidInput, OutOfMemory, TrialFailed
from automl_tl.search.execute import blamed_field, describe_failure, execute
from automl_tl.search.trial import TrialState
from automl_tl.testing.runner import rehearse, toy_trial, toy_workload


def test_a_good_trial_ends_with_its_whole_curve(tmp_path):
    """Every point is told with the trial as it then is."""
    heard = []

    def on_point(trial, point):
        heard.append((len(trial.curve), trial.state))
        return True

    ended = execute(
        toy_workload(tmp_path), toy_trial(1), rehearse, None, remaining=lambda: math.inf, on_point=on_point
    )
    assert ended.state is TrialState.SUCCEEDED
    assert heard == [(count, TrialState.RUNNING) for count in (1, 2, 3, 4)]


def test_a_listener_can_stop_it(tmp_path):
    """False after the first point ends the trial as PRUNED."""
    ended = execute(
        toy_workload(tmp_path), toy_trial(1), rehearse, None, remaining=lambda: math.inf, on_point=lambda *_: False
    )
    assert ended.state is TrialState.PRUNED
    assert len(ended.curve) == 1


def test_seed_recipe_and_model_reach_the_trial_function(tmp_path):
    """Nothing is lost on the way."""
    got = {}

    def trial_function(workload, **options):
        got.update(options)
        raise TrialFailed("enough")

    execute(toy_workload(tmp_path), toy_trial(7, seed=3), trial_function, "loader", remaining=lambda: 5.0)
    assert (got["trial"], got["model"], got["seed"], got["load_model"]) == ("t0007", "local:a", 3, "loader")
    assert (got["recipe"].strategy, got["recipe"].weight_decay) == ("full_finetune", 0.1)
    assert got["remaining"]() == 5.0


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (TrialFailed("too\n hot"), "too hot"),
        (ValueError("Jane\nDoe"), "the trial failed with an unexpected ValueError; see the worker's log"),
        (MemoryError(), "out of memory; try a smaller model or a smaller batch_size"),
        (torch.OutOfMemoryError("GPU 0"), "out of memory; try a smaller model or a smaller batch_size"),
    ],
)
def test_failures_are_one_line(error, text):
    """Errors of ours speak for themselves; of others, whose texts may quote the data, only the kind is told."""
    assert describe_failure(error) == text


@pytest.mark.parametrize(
    ("error", "field"),
    [
        (TrialFailed("the model's outputs became NaN", field="learning_rate"), "learning_rate"),
        (TrialFailed("too late", field="budget"), "budget"),
        (TrialFailed("it broke"), ""),
        (OutOfMemory("not even one example fits"), "batch_size"),
        (MemoryError(), "batch_size"),
        (ValueError("x"), ""),
        (InvalidInput("learning_rate must be above 0", field="learning_rate"), ""),
    ],
)
def test_a_failure_keeps_the_field_that_it_names(tmp_path, error, field):
    """A recipe that breaks a rule has not diverged."""

    def trial_function(workload, **options):
        raise error

    assert blamed_field(error) == field
    ended = execute(toy_workload(tmp_path), toy_trial(1), trial_function, None, remaining=lambda: math.inf)
    assert (ended.state, ended.error_field) == (TrialState.FAILED, field)


def test_the_text_of_a_foreign_error_goes_into_the_log(caplog):
    """Whoever runs the worker can still find out."""
    describe_failure(ValueError("Jane Doe"))
    assert "Jane Doe" in caplog.text
