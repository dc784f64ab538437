"""Limits are positive bounds."""

import pytest

from automl_tl.data.limits import Limits


def test_a_bound_below_one_is_refused():
    """A limit of zero would refuse everything and is a mistake of the operator."""
    with pytest.raises(ValueError, match="max_rows must be at least 1 but got 0"):
        Limits(max_rows=0)


def test_limits_are_frozen():
    """No room can loosen the limits it was given."""
    with pytest.raises(AttributeError):
        Limits().max_files = 1
