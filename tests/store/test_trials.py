"""Trials are rows from before their launch to after their end."""

import dataclasses
import math

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from automl_tl.finetune.workload import CurvePoint
from automl_tl.search.trial import Trial, TrialState
from automl_tl.store.pages import PageRequest

POINTS = tuple(CurvePoint(10 * n, n / 4, float(n), 1.0 / n, {"accuracy": n / 5}) for n in range(1, 5))


def trial(number=1, **changes):
    base = Trial(f"t{number:04d}", number, "starter:a", "full", {"learning_rate": 1e-3}, 7, "sampler")
    return dataclasses.replace(base, **changes)


def curves(shop):
    events = shop.ledger.events.read("default", "job-1").events
    return [[point["update"] for point in event.values["curve"]] for event in events if event.kind == "trial"]


def test_a_trial_comes_back_as_it_was(shop):
    shop.job("job-1")
    lease = shop.lease()
    whole = trial(
        state=TrialState.PRUNED,
        value=0.75,
        curve=POINTS,
        seconds=3.5,
        checkpoint="t0001",
        metrics={"accuracy": 0.75},
    )
    shop.ledger.trials.record(lease, whole)
    assert shop.ledger.trials.all(lease) == (whole,)


def test_a_failure_comes_back_with_the_field_that_it_names(shop):
    shop.job("job-1")
    lease = shop.lease()
    failed = trial(state=TrialState.FAILED, error="too hot", error_field="learning_rate")
    shop.ledger.trials.record(lease, failed)
    (found,) = shop.ledger.trials.all(lease)
    assert (found.error, found.error_field) == ("too hot", "learning_rate")


def test_a_trial_without_a_report_has_no_value(shop):
    shop.job("job-1")
    lease = shop.lease()
    shop.ledger.trials.record(lease, trial())
    (found,) = shop.ledger.trials.all(lease)
    assert math.isnan(found.value)
    event = shop.ledger.events.read("default", "job-1").events[-1]
    assert math.isnan(event.payload.value)
    assert event.payload.fraction == 0.0


def test_events_carry_only_the_points_that_are_new(shop):
    shop.job("job-1")
    lease = shop.lease()
    for length in (0, 1, 3, 3, 4):
        shop.ledger.trials.record(lease, trial(state=TrialState.RUNNING, curve=POINTS[:length], value=0.1))
    assert curves(shop) == [[], [10], [20, 30], [], [40]]


def test_the_best_trial_follows_the_direction(shop):
    shop.job("job-1")
    lease = shop.lease()
    values = [(1, 0.5, "sampler"), (2, 0.9, "baseline"), (3, 0.2, "probe"), (4, 0.5, "sampler")]
    for direction, best in (("maximize", "t0001"), ("minimize", "t0003")):
        for number, value, origin in values:
            done = trial(number, value=value, origin=origin, state=TrialState.SUCCEEDED)
            shop.ledger.trials.record(lease, done, direction=direction)
        assert shop.ledger.jobs.get("default", "job-1").best_trial == best


def test_a_failed_trial_is_never_the_best(shop):
    shop.job("job-1")
    lease = shop.lease()
    shop.ledger.trials.record(lease, trial(value=0.9, state=TrialState.RUNNING))
    assert shop.ledger.jobs.get("default", "job-1").best_trial == "t0001"
    shop.ledger.trials.record(lease, trial(value=0.9, state=TrialState.FAILED, error="out of memory"))
    assert shop.ledger.jobs.get("default", "job-1").best_trial == ""


@given(st.permutations(range(1, 8)))
@settings(max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_pages_come_in_order_of_number(shop, order):
    job = shop.job().job
    lease = shop.lease()
    for number in order:
        shop.ledger.trials.record(lease, trial(number))
    token, seen = "", []
    while True:
        page = shop.ledger.trials.list("default", job, PageRequest(3, token))
        seen += [item.number for item in page.items]
        token = page.next_token
        if not token:
            break
    assert seen == list(range(1, 8))
