"""Small matrices stay on one thread."""

from __future__ import annotations

import numpy as np
from threadpoolctl import threadpool_info

from automl_tl.one_thread import on_one_thread


def threads():
    np.ones((2, 2)) @ np.ones((2, 2))
    return [library["num_threads"] for library in threadpool_info()]


def test_inside_every_library_has_one_thread_and_afterwards_what_it_had():
    """The limit ends with the block."""
    before = threads()
    with on_one_thread():
        assert set(threads()) <= {1}
    assert threads() == before
