"""Mapping over threads."""

import pytest

from automl_tl.data.parallel import thread_map


def test_results_come_in_order():
    """Threads may finish in any order; results do not."""
    assert thread_map(lambda number: number**2, range(500)) == [number**2 for number in range(500)]
    assert thread_map(str, []) == []


def test_an_exception_is_raised():
    """No failure is swallowed."""
    with pytest.raises(ZeroDivisionError):
        thread_map(lambda number: 1 / number, [1, 0])
