"""Shares of GPUs by memory."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automl_tl.search.packing import gpu_share

GIB = 2.0**30


def test_known_answers():
    """On 80 GiB: a small model at most eight at once, one of 20 GiB three, one of 60 GiB alone."""
    assert gpu_share(1 * GIB, 80 * GIB) == 1 / 8
    assert gpu_share(20 * GIB, 80 * GIB) == 0.3333
    assert gpu_share(60 * GIB, 80 * GIB) == gpu_share(200 * GIB, 80 * GIB) == 1.0


def test_a_least_share_is_kept():
    """With four processors for a GPU, four trials share it; whole GPUs stay whole."""
    assert gpu_share(1 * GIB, 80 * GIB, least=0.25) == 0.25
    assert gpu_share(1 * GIB, 80 * GIB, least=1.0) == 1.0
    assert gpu_share(20 * GIB, 80 * GIB, least=0.1) == 0.3333


def test_without_knowledge_a_trial_has_a_gpu_of_its_own():
    """Of the model or of the GPU."""
    assert gpu_share(math.nan, 80 * GIB) == gpu_share(GIB, math.nan) == gpu_share(math.inf, GIB) == 1.0


@given(st.floats(1e6, 1e11), st.floats(1e9, 2e11), st.floats(0, 1))
def test_what_shares_a_gpu_fits_into_it(needed, gpu_bytes, least):
    """As many as the share allows need no more than the memory; the share is a k-th and not below the least."""
    share = gpu_share(needed, gpu_bytes, least=least)
    count = int(1 / share)
    assert count * share == pytest.approx(1, abs=1e-3)
    assert share >= least - 1e-4
    assert count == 1 or count * needed < gpu_bytes
