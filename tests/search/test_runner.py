"""The protocol between search and whatever runs trials."""

import inspect

from automl_tl.distributed.tune_runner import TuneRunner
from automl_tl.finetune.trial import run_trial
from automl_tl.search.inline_runner import InlineRunner
from automl_tl.search.runner import Resources, TrialFunction, TrialRunner


def names(function):
    return [name for name in inspect.signature(function).parameters if name != "self"]


def test_real_fine_tuning_is_a_trial_function():
    """Both agree on every argument; the one that ranks give each other may be left out."""
    assert names(run_trial) == [*names(TrialFunction.__call__), "ranks"]
    assert inspect.signature(run_trial).parameters["ranks"].default is None


def test_every_runner_takes_the_same_arguments():
    """Both runners can stand in for each other."""
    assert names(InlineRunner.run) == names(TuneRunner.run) == names(TrialRunner.run)


def test_a_trial_asks_for_one_processor_by_default():
    """Two at a time, no GPU."""
    assert Resources() == Resources(cpus=1.0, gpus=0.0, concurrent=2)
