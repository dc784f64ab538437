"""How a budget is shared among stages."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from automl_tl.pipeline.deadlines import StageDeadlines
from automl_tl.pipeline.spec import Stage
from automl_tl.search.budget import Deadline


def ends_of(plan: StageDeadlines) -> list[float | None]:
    """Return when everything from search on has to end."""
    stages = (plan.search, plan.refit, plan.fit, plan.explain, plan.audit, plan.job)
    return [stage.at for stage in stages]


@given(st.floats(min_value=1.0, max_value=1e6))
def test_stages_end_in_order_and_leave_time_for_what_follows(wall_seconds: float) -> None:
    """probe <= search <= fit <= explain < job, and probing never gets less than 30 % of the budget."""
    job = Deadline(at=wall_seconds, clock=lambda: 0.0)
    plan = StageDeadlines.plan(job, wall_seconds)
    ends = [plan.probe.at, *ends_of(plan)]
    assert ends == sorted(ends)
    assert plan.audit.at < plan.job.at
    assert plan.probe.at >= 0.3 * wall_seconds - 1e-6


@given(st.floats(min_value=1.0, max_value=1e6), st.sampled_from(Stage))
def test_a_job_that_ends_early_keeps_nothing_for_stages_that_do_not_come(wall_seconds: float, last: Stage) -> None:
    """No stage ends sooner for it, the order stays, and the last one ends shortly before the job."""
    job = Deadline(at=wall_seconds, clock=lambda: 0.0)
    whole, plan = StageDeadlines.plan(job, wall_seconds), StageDeadlines.plan(job, wall_seconds, last=last)
    ends = [plan.probe.at, *ends_of(plan)]
    assert ends == sorted(ends)
    for early, late in zip([whole.probe.at, *ends_of(whole)], ends, strict=True):
        assert early <= late <= wall_seconds


def test_what_a_shorter_job_gains() -> None:
    """Known answers for two minutes: 18 s were kept after fitting, 42 after search, 66 after probing."""
    job = Deadline(at=120.0, clock=lambda: 0.0)
    fit, rank = (StageDeadlines.plan(job, 120.0, last=last) for last in (Stage.FIT, Stage.RANK))
    assert (fit.fit.at, fit.search.at) == (117.0, 93.0)
    assert rank.probe.at == 102.0


def test_without_a_wall_budget_no_stage_has_a_deadline() -> None:
    """0 seconds means no limit."""
    plan = StageDeadlines.plan(Deadline.after(None), 0.0)
    assert plan.search.remaining() == float("inf")
    assert not plan.explain.passed()


def test_reserves_are_bounded_for_long_budgets() -> None:
    """A job of a day does not keep hours for its report."""
    plan = StageDeadlines.plan(Deadline(at=86_400.0, clock=lambda: 0.0), 86_400.0)
    assert plan.search.at == 86_400.0 - 240.0
    assert plan.explain.at == 86_400.0 - 20.0


@given(st.floats(min_value=1.0, max_value=1e6), st.floats(min_value=0.0, max_value=1e6))
def test_a_slow_test_part_moves_training_forward_in_order(wall_seconds: float, seconds: float) -> None:
    """Search and retraining never end later for it, never before probing may end, and still in order."""
    plan = StageDeadlines.plan(Deadline(at=wall_seconds, clock=lambda: 0.0), wall_seconds)
    slow = plan.for_measuring(seconds)
    ends = [slow.probe.at, slow.search.at, slow.refit.at, slow.fit.at, slow.explain.at, slow.job.at]
    assert ends == sorted(ends)
    assert slow.search.at <= plan.search.at
    assert slow.refit.at == max(plan.fit.at - seconds, plan.probe.at)


def test_measuring_is_known_from_probing() -> None:
    """500 test rows at 0.034 s, twice: 34 of 120 s are kept for them; search ends no earlier than probing may."""
    plan = StageDeadlines.plan(Deadline(at=120.0, clock=lambda: 0.0), 120.0).for_measuring(34.0)
    assert (plan.search.at, plan.refit.at, plan.fit.at) == (54.0, 68.0, 102.0)
    free = StageDeadlines.plan(Deadline.after(None), 0.0).for_measuring(34.0)
    assert free.search.remaining() == free.refit.remaining() == float("inf")


def test_what_is_paid_for_ends_fitting_where_it_comes_first() -> None:
    """Measuring is left out of retraining's time; what follows fitting keeps its own ends."""
    paid = Deadline(at=50.0, clock=lambda: 0.0)
    free = StageDeadlines.plan(Deadline.after(None), 0.0).for_measuring(8.0).fitting_until(paid)
    assert (free.refit.at, free.fit.at, free.explain.at, free.job.at) == (42.0, 50.0, None, None)
    plan = StageDeadlines.plan(Deadline(at=40.0, clock=lambda: 0.0), 40.0)
    assert plan.fitting_until(paid) == plan
    assert plan.fitting_until(Deadline(None)) == plan


@given(st.floats(min_value=1.0, max_value=1e6), st.floats(min_value=1.0, max_value=6.0))
def test_a_busy_machine_ends_every_stage_sooner_and_leaves_some_time_for_search(
    wall_seconds: float, factor: float
) -> None:
    """In order as before; at least three tenths of the budget come before the end of search."""
    plan = StageDeadlines.plan(Deadline(at=wall_seconds, clock=lambda: 0.0), wall_seconds)
    slow = plan.slowed(factor)
    assert ends_of(slow) == sorted(ends_of(slow))
    assert all(late <= early for late, early in zip(ends_of(slow), ends_of(plan), strict=True))
    assert slow.search.at >= 0.3 * wall_seconds - 1e-6
    assert slow.probe == plan.probe


def test_a_slow_machine_gets_what_is_needed_at_least_and_a_long_budget_has_it_already() -> None:
    """Known answers: three times eight seconds after search and four after fitting, else 35 and 15 %."""
    short, long = (StageDeadlines.plan(Deadline(at=at, clock=lambda: 0.0), at).slowed(3.0) for at in (40.0, 180.0))
    assert (short.search.at, short.fit.at) == (16.0, 28.0)
    assert (long.search.at, long.fit.at) == (117.0, 153.0)
    assert StageDeadlines.plan(Deadline.after(None), 0.0).slowed(3.0).search.remaining() == float("inf")
