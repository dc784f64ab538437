"""The clock of a budget."""

import math

from automl_tl.search.budget import Deadline


def test_a_deadline_counts_down_and_passes():
    """Remaining seconds go below zero."""
    now = [5.0]
    deadline = Deadline.after(10.0, clock=lambda: now[0])
    assert (deadline.at, deadline.remaining(), deadline.passed()) == (15.0, 10.0, False)
    now[0] = 16.0
    assert (deadline.remaining(), deadline.passed()) == (-1.0, True)


def test_an_earlier_deadline_leaves_time_for_what_follows():
    """Ten minus three seconds are seven."""
    deadline = Deadline.after(10.0, clock=lambda: 0.0)
    assert deadline.earlier(3.0).remaining() == 7.0


def test_no_limit_never_passes():
    """Nor does anything earlier than no limit."""
    deadline = Deadline.after(None)
    assert deadline.remaining() == deadline.earlier(9.0).remaining() == math.inf
    assert not deadline.passed()
