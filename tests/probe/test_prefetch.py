"""Preparing ahead in other threads: in order, bounded, and over when its reader is."""

import threading
from contextlib import closing

import pytest

from automl_tl.probe.prefetch import prefetched


@pytest.mark.parametrize("threads", [1, 3])
def test_results_come_in_the_order_of_the_items(threads):
    """Even if the first takes longest."""
    late = threading.Event()

    def prepare(item):
        if item == 0 and threads > 1:
            assert late.wait(30)
        if item == 1:
            late.set()
        return 10 * item

    assert list(prefetched(prepare, range(20), threads=threads)) == [10 * item for item in range(20)]


def test_nothing_to_do_gives_nothing():
    """No item, no result."""
    assert list(prefetched(str, ())) == []


def test_the_next_item_is_prepared_while_one_is_in_use():
    """That is the point of it."""
    begun = [threading.Event() for _ in range(3)]
    with closing(prefetched(lambda item: begun[item].set() or item, range(3))) as results:
        assert next(results) == 0
        assert begun[1].wait(30)


@pytest.mark.parametrize("threads", [1, 2])
def test_only_so_many_are_held(threads):
    """Prepared images are large."""
    begun = []
    with closing(prefetched(begun.append, range(100), threads=threads)) as results:
        for used in range(1, 6):
            next(results)
            assert len(begun) <= used + threads


def test_an_exception_comes_where_the_result_would_have():
    """The results before it are delivered; what lies behind is given up."""
    begun = []

    def prepare(item):
        begun.append(item)
        if item == 2:
            raise KeyError("row 2")
        return item

    results = prefetched(prepare, range(100))
    assert [next(results), next(results)] == [0, 1]
    with pytest.raises(KeyError, match="row 2"):
        next(results)
    assert max(begun) <= 3
    assert list(results) == []


def test_closing_ends_the_threads():
    """What had not begun is never prepared."""
    begun, before = [], set(threading.enumerate())
    results = prefetched(begun.append, range(100), threads=2)
    next(results)
    results.close()
    assert set(threading.enumerate()) <= before
    assert len(begun) <= 3


def test_nothing_begins_before_the_first_result_is_asked_for():
    """Whoever is stopped before the first batch has read nothing."""
    begun = []
    prefetched(begun.append, range(3)).close()
    assert begun == []
