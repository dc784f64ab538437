"""Three ``ray start`` nodes, a job through the Jobs API, one node killed in the middle of the search."""

from __future__ import annotations

import os

import pytest

from automl_tl.testing.ray_nodes import missing_packages
from benchmarks.lost_node import lose_a_node

pytestmark = [
    pytest.mark.skipif(os.environ.get("AUTOML_TL_SOAK") != "1", reason="minutes; `make soak` runs it"),
    pytest.mark.skipif(bool(missing_packages()), reason=f"no ray[default] here: {missing_packages()}"),
]


@pytest.mark.parametrize(
    ("driver", "common_disk"),
    [(False, True), (True, True), (True, False)],
    ids=["a node with trials", "the driver's node", "the driver's node and its disk"],
)
def test_no_trial_is_lost_and_none_is_repeated(driver, common_disk):
    """Trials go on from their last state; a driver's job is submitted again when its lease is over."""
    loss = lose_a_node(driver=driver, common_disk=common_disk)
    assert loss.state == "SUCCEEDED"
    assert (loss.succeeded, loss.failed, loss.repeated) == (loss.trials, 0, 0)
    assert loss.running > 0
    assert loss.submissions == (2 if driver else 1)
