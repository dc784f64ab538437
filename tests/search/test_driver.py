"""The search's book-keeping."""

import math
from dataclasses import replace

import pytest

from automl_tl.errors import TrialFailed
from automl_tl.finetune.metrics import metrics
from automl_tl.search.budget import Budget, Deadline, StopReason
from automl_tl.search.closing import Closing, Kept
from automl_tl.search.driver import SearchDriver
from automl_tl.search.lifecycle import begin
from automl_tl.search.sampler import Sampler
from automl_tl.search.space import Situation
from automl_tl.search.space_reader import parse_space
from automl_tl.search.trial import TrialState

ACCURACY = metrics.get("accuracy")
SPACE = parse_space("""
modality: image
strategies:
  full_finetune:
    warmup: {kind: float, low: 0.0, high: 0.5, default: 0.1}
portfolio: [{strategy: full_finetune}]
""")


class Book:
    """Remembers every row in order."""

    def __init__(self):
        self.rows = []
        self.progress = []

    def record(self, trial):
        self.rows.append(trial)


def driver(book, *, trials=3, deadline=None, metric=ACCURACY):
    sampler = Sampler(SPACE, {"local:a": Situation("r", 1, 100, 2)}, metric=metric, seed=0, portfolio=1, startup=3)
    return SearchDriver(
        sampler,
        metric=metric,
        budget=Budget(trials=trials),
        deadline=deadline or Deadline.after(None),
        seed=100,
        record=book.record,
        progress=lambda fraction, message: book.progress.append((fraction, message)),
    )


def end(one, trial, ended_trial, values, **changes):
    """Let a trial end as if a runner had run it."""
    ended = ended_trial(trial.number, values, model=trial.model, parameters=trial.parameters, **changes)
    one.started(begin(trial))
    one.ended(ended)
    one.finished(ended)
    return ended


def test_a_trial_is_recorded_before_it_is_handed_out():
    """Its row is PENDING, numbered from 1, with a seed of its own."""
    book = Book()
    one = driver(book)
    first, second = one.next(), one.next()
    assert book.rows == [first, second]
    assert (first.id, first.number, first.seed, first.state) == ("t0001", 1, 101, TrialState.PENDING)
    assert (second.id, second.seed) == ("t0002", 102)
    assert (first.origin, first.parameters) == ("portfolio", {"warmup": 0.1})


def test_the_budget_counts_trials_and_says_so(ended_trial):
    """Probes and baselines are free."""
    one = driver(Book(), trials=2)
    one.adopt([ended_trial(1, [0.5], origin="probe"), ended_trial(2, [0.9], origin="baseline")])
    assert [one.next().number, one.next().number] == [3, 4]
    assert one.next() is None
    assert one.stop_reason is StopReason.BUDGET_TRIALS


def test_no_trial_is_begun_after_the_deadline():
    """The reason is the wall time."""
    now = [0.0]
    one = driver(Book(), deadline=Deadline(10.0, lambda: now[0]))
    assert one.next() is not None
    now[0] = 10.0
    assert one.next() is None
    assert one.stop_reason is StopReason.BUDGET_WALL_TIME


def test_no_trial_is_begun_that_cannot_reach_its_first_rung(ended_trial):
    """A ninth of the quickest run took 2 seconds; the 50 before its first point were spent starting a process.

    Of its many updates another run would need few.
    """
    now = [0.0]
    one = driver(Book(), trials=9, deadline=Deadline(100.0, lambda: now[0]))
    ended = ended_trial(1, [0.5, 0.6, 0.7, 0.8])
    seconds = (50.0, 54.0, 60.0, 66.0)
    curve = tuple(
        replace(point, seconds=at, update=10_000 * point.update)
        for point, at in zip(ended.curve, seconds, strict=True)
    )
    one.next()
    one.ended(replace(ended, curve=curve))
    now[0] = 97.0
    assert one.next() is not None
    now[0] = 99.0
    assert one.next() is None
    assert one.stop_reason is StopReason.BUDGET_WALL_TIME


def test_a_search_ends_by_time_where_no_run_fits_any_more(ended_trial):
    """The run took 8 seconds an update: another would take minutes."""
    now = [0.0]
    one = driver(Book(), trials=9, deadline=Deadline(100.0, lambda: now[0]))
    ended = ended_trial(1, [0.5, 0.6])
    slow = tuple(replace(point, seconds=8.0 * n) for n, point in enumerate(ended.curve, 1))
    one.next()
    one.ended(replace(ended, curve=slow))
    now[0] = 50.0
    assert one.next() is None
    assert one.stop_reason is StopReason.BUDGET_WALL_TIME


def test_the_incumbent_is_the_best_and_never_below_the_probe(ended_trial):
    """A worse trial changes nothing, a tie keeps the earlier one, a better one takes over."""
    one = driver(Book(), trials=9)
    one.adopt([ended_trial(1, [0.8], origin="probe")])
    end(one, one.next(), ended_trial, [0.7])
    end(one, one.next(), ended_trial, [0.8])
    assert one.incumbent().number == 1
    end(one, one.next(), ended_trial, [0.85], state=TrialState.PRUNED)
    assert one.incumbent().number == 4


def test_only_trials_with_a_model_on_disk_count(ended_trial):
    """Failed trials, lost checkpoints and baselines are no incumbents."""
    one = driver(Book(), trials=9)
    one.adopt([ended_trial(1, [0.99], origin="baseline"), ended_trial(2, [0.98], checkpoint="")])
    end(one, one.next(), ended_trial, [0.97], state=TrialState.FAILED, error="it broke")
    with pytest.raises(TrialFailed, match=r"t0003 \(local:a\): it broke"):
        one.incumbent()
    end(one, one.next(), ended_trial, [0.5])
    assert one.incumbent().number == 4


def test_smaller_wins_where_the_metric_says_so(ended_trial):
    """Log loss 0.3 beats 0.4."""
    one = driver(Book(), trials=9, metric=metrics.get("log_loss"))
    for value in (0.4, 0.3, 0.5):
        end(one, one.next(), ended_trial, [0.0], value=value, metrics={"log_loss": value})
    assert one.incumbent().value == 0.3


def test_unfinished_rows_of_an_earlier_process_run_again_first(ended_trial):
    """With the same id, number and configuration, and counted once; an unfinished probe is closed."""
    book = Book()
    one = driver(book, trials=3)
    running = ended_trial(3, [], state=TrialState.RUNNING, parameters={"warmup": 0.3})
    probe = ended_trial(1, [], state=TrialState.RUNNING, origin="probe")
    one.adopt([running, ended_trial(2, [0.6], parameters={"warmup": 0.2}), probe])
    assert book.rows[0].id == "t0001"
    assert book.rows[0].state is TrialState.FAILED
    again = one.next()
    assert (again.id, again.parameters) == ("t0003", {"warmup": 0.3})
    end(one, again, ended_trial, [0.9])
    assert one.next().number == 4
    assert one.next() is None
    assert one.incumbent().number == 3


def test_progress_speaks_of_trials_and_value(ended_trial):
    """The share is the larger of trials and time."""
    book, now = Book(), [0.0]
    one = driver(book, trials=4, deadline=Deadline(100.0, lambda: now[0]))
    end(one, one.next(), ended_trial, [0.75])
    now[0] = 60.0
    end(one, one.next(), ended_trial, [0.5])
    assert [fraction for fraction, _ in book.progress] == [0.25, 0.6]
    assert book.progress[1][1] == "2 of 4 trials ended, best validation accuracy 0.75"


def test_every_change_is_a_row(ended_trial):
    """PENDING, RUNNING, RUNNING with a point, SUCCEEDED."""
    book = Book()
    one = driver(book)
    trial = one.next()
    ended = ended_trial(1, [0.5])
    one.started(begin(trial))
    one.reported(replace(begin(trial), curve=ended.curve), ended.curve[0])
    one.ended(ended)
    states = [(row.state.value, len(row.curve)) for row in book.rows]
    assert states == [("PENDING", 0), ("RUNNING", 0), ("RUNNING", 1), ("SUCCEEDED", 1)]
    assert math.isnan(book.rows[0].value)


def paused_at(number, values, ended_trial, **changes):
    return ended_trial(number, values, state=TrialState.PRUNED, **changes)


def climbing(book, *, trials=3, resumable=lambda trial: True, **options):
    """Return a driver whose trials can all go on."""
    one = driver(book, trials=trials)
    return SearchDriver(
        one._sampler,
        metric=ACCURACY,
        budget=Budget(trials=trials),
        deadline=options.pop("deadline", Deadline.after(None)),
        seed=100,
        record=book.record,
        resumable=resumable,
        **options,
    )


def play(one, trial, ended_trial, values):
    """Let a trial climb until it is paused or done, from where it stands."""
    curve = ended_trial(trial.number, values).curve
    for known, point in enumerate(curve):
        if known < len(trial.curve):
            continue
        running = replace(begin(trial), curve=curve[: known + 1])
        one.reported(running, point)
        if not one.keeps(running, point) and point.fraction < 1:
            return end(one, trial, ended_trial, values[: known + 1], state=TrialState.PRUNED)
    return end(one, trial, ended_trial, values)


def test_a_promoted_trial_comes_back_under_its_own_row_before_any_new_one(ended_trial):
    """The second is paused at a third of its run; once it is in the better half it goes on, recorded first."""
    book = Book()
    one = climbing(book, trials=3)
    assert play(one, one.next(), ended_trial, [0.5, 0.6, 0.7, 0.8]).state is TrialState.SUCCEEDED
    second = play(one, one.next(), ended_trial, [0.5, 0.55, 0.6, 0.9])
    assert (second.state, len(second.curve)) == (TrialState.PRUNED, 2)
    play(one, one.next(), ended_trial, [0.4, 0.45, 0.5, 0.5])
    again = one.next()
    assert (again.id, again.state, again.curve) == (second.id, TrialState.PENDING, second.curve)
    assert book.rows[-1] == again
    assert play(one, again, ended_trial, [0.5, 0.55, 0.6, 0.9]).state is TrialState.SUCCEEDED
    assert one.next() is None
    assert one.stop_reason is StopReason.BUDGET_TRIALS
    assert (one.incumbent().id, one.incumbent().value) == (second.id, 0.9)


def test_without_a_training_state_nothing_is_promoted(ended_trial):
    """It would have to begin anew."""
    one = climbing(Book(), trials=3, resumable=lambda trial: False)
    for values in ([0.5, 0.6, 0.7, 0.8], [0.5, 0.55, 0.6, 0.9], [0.4, 0.45, 0.5, 0.5]):
        play(one, one.next(), ended_trial, values)
    assert one.next() is None


def test_after_a_crash_everything_goes_on_where_it_stopped(ended_trial):
    """Running trials first with their curve, paused ones can be promoted, without a state they begin anew."""
    parameters = [{"warmup": 0.1 * number} for number in range(1, 5)]
    rows = [
        ended_trial(1, [0.5, 0.6, 0.7, 0.8], parameters=parameters[0]),
        paused_at(2, [0.5, 0.55], ended_trial, parameters=parameters[1]),
        ended_trial(3, [0.4], state=TrialState.RUNNING, parameters=parameters[2]),
        ended_trial(4, [0.4], state=TrialState.RUNNING, parameters=parameters[3]),
    ]
    one = climbing(Book(), trials=4, resumable=lambda trial: trial.id != "t0004")
    one.adopt(rows)
    third, fourth = one.next(), one.next()
    assert (third.id, len(third.curve), third.state) == ("t0003", 1, TrialState.PENDING)
    assert (fourth.id, fourth.curve, fourth.seconds) == ("t0004", (), 0.0)
    play(one, third, ended_trial, [0.4, 0.5])
    assert one.next().id == "t0002"
    assert one.next() is None


def test_a_crash_in_the_middle_changes_no_configuration(ended_trial):
    """The rest of the list is the same, whether the process was lost on the way or not."""

    def quality(trial):
        return 1 - trial.parameters["warmup"]

    def go_on(one):
        found = []
        while (trial := one.next()) is not None:
            found.append(end(one, trial, ended_trial, [quality(trial)] * 4))
        return found

    whole = go_on(climbing(Book(), trials=9))
    resumed = climbing(Book(), trials=9)
    resumed.adopt(whole[:4])
    assert [trial.parameters for trial in go_on(resumed)] == [trial.parameters for trial in whole[4:]]


def test_the_best_so_far_is_told_while_its_trial_runs(ended_trial):
    """Whoever makes it readable hears of every better checkpoint, rung 0 included, and of nothing else."""
    heard = []
    one = climbing(Book(), trials=3, improved=lambda trial: heard.append((trial.id, trial.value)))
    one.adopt([ended_trial(1, [0.5], origin="probe")])
    trial = one.next()
    for values in ([0.4], [0.4, 0.6], [0.4, 0.6, 0.55]):
        running = ended_trial(2, values, state=TrialState.RUNNING)
        one.reported(running, running.curve[-1])
    end(one, trial, ended_trial, [0.4, 0.6, 0.55, 0.7])
    assert heard == [("t0001", 0.5), ("t0002", 0.6), ("t0002", 0.7)]


def test_news_of_a_trial_that_does_not_lead_looks_at_no_other(ended_trial, monkeypatch):
    """With thousands of trials each look at all of them would cost as much as asking for a new one."""
    one = climbing(Book(), trials=3)
    one.adopt([ended_trial(1, [0.5], origin="probe")])
    one.next()
    leading = ended_trial(2, [0.4, 0.6], state=TrialState.RUNNING)
    one.reported(leading, leading.curve[-1])
    one.next()
    monkeypatch.setattr(SearchDriver, "trials", property(lambda self: pytest.fail("all trials were looked at")))
    behind = ended_trial(3, [0.3, 0.35], state=TrialState.RUNNING)
    one.reported(behind, behind.curve[-1])


def test_device_time_ends_the_search_with_its_own_reason(ended_trial):
    """Money for ten seconds of trials; one that is about to start may take what the others leave."""
    now = [0.0]
    clock = Deadline(None, lambda: now[0])
    one = climbing(Book(), trials=9, deadline=clock, limits={StopReason.BUDGET_MONEY: 10.0})
    first = one.next(2)
    assert one.allowance(first) == pytest.approx(5.0)
    now[0] = 3.0
    second = one.next(2)
    assert one.allowance(second) == pytest.approx(5.0)
    end(one, first, ended_trial, [0.5])
    third = one.next(2)
    assert one.allowance(third) == pytest.approx(2.0)
    assert one.next(3) is None
    assert one.stop_reason is StopReason.BUDGET_MONEY


def test_trials_side_by_side_may_run_no_longer_than_the_limit_together(ended_trial):
    """Begun at the same moment; with one place the first has all of it, and a second is not begun."""
    clock = Deadline(None, lambda: 0.0)

    def allowances(at_once):
        one = climbing(Book(), trials=9, deadline=clock, limits={StopReason.BUDGET_GPU_SECONDS: 480.0})
        found = []
        while len(found) < 4 and (trial := one.next(at_once)) is not None:
            found.append(one.allowance(trial))
        return found

    assert allowances(4) == [pytest.approx(120)] * 4
    assert allowances(8) == [pytest.approx(60)] * 4
    assert allowances(1) == [pytest.approx(480)]


def test_no_trial_goes_on_after_a_point_at_which_the_limit_is_used_up(ended_trial):
    """The best of its rung, too; a run that is complete is complete."""
    now = [0.0]
    one = climbing(
        Book(), trials=9, deadline=Deadline(None, lambda: now[0]), limits={StopReason.BUDGET_MONEY: 10.0}
    )
    trial = one.next()
    curve = ended_trial(1, [0.5, 0.6, 0.7, 0.8]).curve
    assert one.keeps(trial, curve[0])
    now[0] = 10.5
    assert not one.keeps(trial, curve[1])
    assert one.keeps(trial, replace(curve[3], fraction=1.0))


def test_device_time_for_training_the_winner_again_is_kept(clock, ended_trial):
    """Of 100 s a fifth is kept, and more where the best trial needs it: 1.2 x 46 s let no other begin."""
    now = Deadline(None, clock)
    closing = Closing(now, kept={StopReason.BUDGET_MONEY: Kept(20.0, 1.0)})
    one = climbing(Book(), trials=9, deadline=now, limits={StopReason.BUDGET_MONEY: 80.0}, closing=closing)
    first = one.next()
    assert one.allowance(first) == pytest.approx(100 / 2.2)
    clock.pass_seconds(46)
    one.ended(after(46.0, ended_trial))
    assert one.next() is None
    assert one.stop_reason is StopReason.BUDGET_MONEY


def test_what_leaves_no_time_for_any_recipe_is_named(clock, ended_trial):
    """Not the clock where there is none: 20 s of money are left, and the recipe takes 60."""
    now = Deadline(None, clock)
    one = climbing(Book(), trials=9, deadline=now, limits={StopReason.BUDGET_MONEY: 80.0})
    one.next()
    clock.pass_seconds(60)
    one.ended(after(60.0, ended_trial))
    assert one.next() is None
    assert one.stop_reason is StopReason.BUDGET_MONEY


def after(seconds, ended_trial):
    """Return the first trial with one point, which came after so many seconds."""
    slow = ended_trial(1, [0.5])
    return replace(slow, curve=(replace(slow.curve[0], seconds=seconds),), seconds=seconds)


def test_no_trial_is_begun_that_could_not_be_retrained_after(clock, ended_trial):
    """A trial may run 100 / 2.2 seconds; once the best one needs 1.2 x 60 seconds, 40 are too few to go on."""
    closing = Closing(Deadline.after(100.0, clock=clock))
    one = climbing(Book(), trials=9, deadline=Deadline.after(90.0, clock=clock), closing=closing)
    first = one.next()
    assert one.allowance(first) == pytest.approx(100 / 2.2)
    clock.pass_seconds(60)
    slow = ended_trial(1, [0.5])
    slow = replace(slow, curve=(replace(slow.curve[0], seconds=60.0),), seconds=60.0)
    one.ended(slow)
    assert one.next() is None
    assert one.stop_reason is StopReason.BUDGET_WALL_TIME


def test_the_sampler_can_be_prepared_before_it_is_asked(ended_trial):
    """Such as by taking back a model."""
    seen = []
    one = climbing(Book(), trials=2, before_asking=lambda trials: seen.append(len(trials)))
    end(one, one.next(), ended_trial, [0.5])
    one.next()
    assert seen == [0, 1]
