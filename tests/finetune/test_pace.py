"""A pace goes through the whole schedule in as many updates as there is time for."""

from __future__ import annotations

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automl_tl.finetune.pace import Pace, Shortcut


def run(pace, seconds=math.inf, per_update=lambda update: 1.0):
    """Return the places before each update; time is that of a clock which knows the last update's duration."""
    places, spent = [], 0.0
    pace.watch(lambda: (seconds - spent) / per_update(len(places)))
    while len(places) < pace.total and not pace.hopeless and spent < seconds:
        places.append(pace.place(len(places)))
        spent += per_update(len(places) - 1)
    return places, spent


def test_with_time_enough_every_update_is_its_own_place_exactly():
    for seconds in (math.inf, 100.0, 1000.0):
        pace = Pace(100)
        places, _ = run(pace, seconds)
        assert places == list(range(100))
        assert pace.shortcuts == ()


def test_where_time_is_short_the_whole_schedule_takes_fewer_updates():
    pace = Pace(100)
    places, spent = run(pace, 70.0)
    assert len(places) == pace.total
    assert 60 <= pace.total <= 70
    assert spent <= 70.0
    assert 98 <= places[-1] < 100
    assert places == sorted(places)


def test_a_machine_that_becomes_slow_on_the_way_is_kept_up_with():
    pace = Pace(100)
    places, spent = run(pace, 110.0, lambda update: 1.0 if update < 50 else 1.7)
    assert len(places) == pace.total < 100
    assert spent <= 110.0
    assert places[:50] == list(range(50))


def test_slow_first_updates_are_not_taken_for_all():
    """The first epoch also decodes images: what was hurried through then is made up for."""
    pace = Pace(100)
    places, spent = run(pace, 150.0, lambda update: 5.0 if update < 10 else 1.0)
    assert pace.total >= 80
    assert len(places) == pace.total
    assert spent <= 150.0
    assert max(second - first for first, second in itertools.pairwise(places)) <= 3.0


def test_a_run_with_time_for_too_few_updates_is_given_up_early():
    pace = Pace(100)
    places, _ = run(pace, 20.0)
    assert pace.hopeless
    assert len(places) < 20


def test_shortcuts_are_taken_again_at_the_same_places():
    first = Pace(90)
    places, _ = run(first, 80.0, lambda update: 1.0 + update / 300)
    assert len(first.shortcuts) >= 2
    again = Pace(90, first.shortcuts)
    assert run(again) == (places, len(places))
    assert again.shortcuts == first.shortcuts
    assert again.total == first.total


def test_a_shortcut_says_how_many_updates_are_left():
    pace = Pace(10, [Shortcut(4, 3)])
    assert [pace.place(done) for done in range(7)] == [0, 1, 2, 3, 4, 6, 8]
    assert pace.total == 7


@given(st.integers(1, 300), st.floats(0.55, 1.5), st.lists(st.floats(0.7, 1.3), min_size=1, max_size=7))
def test_it_always_ends_and_never_leaves_the_schedule(updates, share, speeds):
    pace = Pace(updates)
    places, _ = run(pace, share * updates, lambda update: speeds[update % len(speeds)])
    assert all(0 <= place < updates for place in places)
    assert all(second > first for first, second in itertools.pairwise(places))
    assert len(places) <= pace.total <= updates


@pytest.mark.parametrize("updates", [1, 2, 3, 19, 21])
def test_short_runs_may_hurry_too(updates):
    pace = Pace(updates)
    places, _ = run(pace, 0.8 * updates)
    assert updates / 3 <= pace.total <= updates
    assert places[0] == 0
