"""What is not tried."""

import pytest

from automl_tl.search.avoidance import Avoidance, MemoryLimit
from automl_tl.search.trial import TrialState

FULL = "full_finetune"


@pytest.fixture
def failed(ended_trial):
    def build(number, error, *, field="", **parameters):
        return ended_trial(
            number,
            [],
            state=TrialState.FAILED,
            error=error,
            error_field=field,
            parameters=parameters,
            model="a",
        )

    return build


def test_out_of_memory_bans_the_batch_and_larger_ones_of_that_model(failed):
    """Smaller batches, other models stay."""
    one = Avoidance()
    one.note(failed(1, "out of memory: even 2 examples at a time do not fit (batch_size 32)", batch_size=32))
    assert [one.allows("a", FULL, {"batch_size": size}) for size in (16, 32, 64)] == [True, False, False]
    assert one.allows("b", FULL, {"batch_size": 64})


def test_divergence_bans_the_rate_and_larger_ones_of_model_and_strategy(failed):
    """As the training loop words it."""
    one = Avoidance()
    one.note(failed(1, "the training loss became nan at update 3 of 9 (learning_rate 0.1)", learning_rate=0.1))
    assert [one.allows("a", FULL, {"learning_rate": rate}) for rate in (0.05, 0.1, 0.5)] == [True, False, False]
    assert one.allows("a", "lora", {"learning_rate": 0.5})
    assert one.allows("b", FULL, {"learning_rate": 0.5})


def test_two_unexplained_failures_strike_a_model_that_never_trained(failed, ended_trial):
    """A linear probe is no training; one good trial saves the model."""
    one = Avoidance()
    one.note(ended_trial(9, [], model="a", origin="probe"))
    one.note(failed(1, "it broke"))
    assert one.allows("a", FULL, {})
    one.note(failed(2, "it broke again"))
    assert one.struck("a")
    assert not one.allows("a", FULL, {})
    one.note(ended_trial(3, [0.5], model="a"))
    assert not one.struck("a")


def test_one_trial_strikes_once_however_often_it_is_told(failed):
    """Rows are written again and again."""
    one = Avoidance()
    one.note(failed(1, "it broke"))
    one.note(failed(1, "it broke"))
    assert not one.struck("a")


def test_the_field_of_an_error_decides_and_not_its_words(failed):
    """Also where the words would say something else."""
    one = Avoidance()
    one.note(failed(1, "the model's outputs became NaN", field="learning_rate", learning_rate=0.1))
    one.note(failed(2, "it burst", field="batch_size", batch_size=32))
    for number in (3, 4, 5):
        one.note(failed(number, "it was late: the loss became a burden", field="budget", learning_rate=1e-3))
    assert not one.struck("a")
    assert [one.allows("a", FULL, {"learning_rate": rate}) for rate in (0.05, 0.1)] == [True, False]
    assert [one.allows("a", FULL, {"learning_rate": 0.05, "batch_size": size}) for size in (16, 32)] == [
        True,
        False,
    ]
    one.note(failed(6, "out of memory, as it were", field="compute"))
    one.note(failed(7, "it broke", field="compute"))
    assert one.struck("a")


@pytest.mark.parametrize(
    "error",
    [
        "deadline",
        "cancelled",
        "out of memory; x",
        "the training loss became inf",
        "the model's outputs became NaN; try a smaller learning_rate",
        "the time was used up before all inputs were embedded",
    ],
)
def test_time_memory_and_divergence_strike_no_model(failed, error):
    """They say nothing of other configurations of it; rows of earlier versions have only words to say so."""
    one = Avoidance()
    for number in (1, 2, 3):
        one.note(failed(number, error, batch_size=64, learning_rate=1.0))
    assert not one.struck("a")


def test_memory_is_foretold():
    """Known answer: 100 + 10 per example within 200 allows 10 examples; unknown models are allowed."""
    limit = MemoryLimit(200.0, {"a": 100.0}, {"a": 10.0})
    assert [limit.holds("a", batch) for batch in (10, 11)] == [True, False]
    assert limit.holds("b", 1000)
    assert MemoryLimit().holds("a", 10**9)
