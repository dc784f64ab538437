"""What a failed trial failed of."""

import pytest

from automl_tl.search.failures import Blame, blame_of
from automl_tl.search.trial import TrialState


@pytest.mark.parametrize(
    ("field", "blame"),
    [
        ("batch_size", Blame.MEMORY),
        ("learning_rate", Blame.DIVERGENCE),
        ("budget", Blame.TIME),
        ("compute.gpus_per_trial", Blame.NOTHING),
    ],
)
def test_the_field_says_it(ended_trial, field, blame):
    failed = ended_trial(1, [], state=TrialState.FAILED, error="out of memory", error_field=field)
    assert blame_of(failed) is blame


@pytest.mark.parametrize(
    ("error", "blame"),
    [
        ("out of memory; try a smaller model or a smaller batch_size", Blame.MEMORY),
        ("the training loss became nan at update 3 of 9 (learning_rate 0.1)", Blame.DIVERGENCE),
        ("the model's outputs became NaN; try a smaller learning_rate", Blame.DIVERGENCE),
        ("the time was used up before the first update; give the search more time", Blame.TIME),
        ("the ranks did not end when their time was up, and were ended", Blame.TIME),
        ("deadline", Blame.TIME),
        ("cancelled", Blame.TIME),
        ("the trial's worker process died: deadline of a heartbeat", Blame.NOTHING),
        ("it broke", Blame.NOTHING),
    ],
)
def test_rows_without_a_field_are_read_by_their_words(ended_trial, error, blame):
    assert blame_of(ended_trial(1, [], state=TrialState.FAILED, error=error)) is blame


def test_a_trial_that_did_not_fail_blames_nothing(ended_trial):
    """One that the deadline cut short has its value."""
    assert blame_of(ended_trial(1, [0.5], state=TrialState.PRUNED, error="deadline")) is Blame.NOTHING
