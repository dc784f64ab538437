"""The contract of trial runners catches runners that break it."""

import pytest

from automl_tl.search.inline_runner import InlineRunner
from automl_tl.testing.runner import RunnerContract, ScriptedSource, rehearse, toy_trial, toy_workload


class Contract(RunnerContract):
    __test__ = False


class Forgetful(InlineRunner):
    """Breaks the contract: does not tell the source what ended."""

    def run(self, workload, source, events, **options):
        deaf = ScriptedSource([])
        deaf.next = source.next
        super().run(workload, deaf, events, **options)


class Fragile(InlineRunner):
    """Breaks the contract: a trial that raises ends everything."""

    def run(self, workload, source, events, **options):
        super().run(workload, source, events, **options)
        if any(trial.error for trial in source.ended):
            raise RuntimeError("a trial failed")


def test_it_notices_trials_that_the_source_never_hears_of(tmp_path):
    """finished() is part of the contract."""
    with pytest.raises(AssertionError):
        Contract().test_every_trial_runs_to_its_end(Forgetful(rehearse), toy_workload(tmp_path))


def test_it_notices_failures_that_spread(tmp_path):
    """One bad trial must not raise."""
    with pytest.raises(RuntimeError):
        Contract().test_a_trial_that_raises_fails_alone_with_its_message(Fragile(rehearse), toy_workload(tmp_path))


def test_a_rehearsed_trial_ends_at_one_minus_its_loss(tmp_path):
    """The toy trial is what the contract's figures rest on."""
    source = ScriptedSource([toy_trial(1, loss=0.25)])
    assert source.next().parameters == {"weight_decay": 0.25}
    assert source.next() is None
