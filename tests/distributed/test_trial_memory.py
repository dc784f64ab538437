"""A trial may use memory of the machine that it will run on, whatever the driver's machine has."""

from __future__ import annotations

import math

import pytest

from automl_tl.distributed import trial_memory
from automl_tl.distributed.session import RaySession
from automl_tl.distributed.trial_memory import trial_bytes
from automl_tl.distributed.tune_runner import TuneRunner
from automl_tl.search.runner import Resources


@pytest.fixture
def cluster(monkeypatch):
    """Return the nodes, which a test may change; the driver's own machine has next to nothing free."""
    nodes = [
        {"Alive": True, "Resources": {"CPU": 8.0, "memory": 64e9}},
        {"Alive": True, "Resources": {"CPU": 4.0, "memory": 16e9}},
        {"Alive": False, "Resources": {"CPU": 4.0, "memory": 1e9}},
        {"Alive": True, "Resources": {"memory": 2e9}},
    ]
    monkeypatch.setattr(trial_memory.ray, "nodes", lambda: nodes)
    monkeypatch.setattr(trial_memory, "free_bytes", lambda: 8e6)
    return nodes


@pytest.mark.parametrize("local", [True, False])
def test_a_gpu_counts_by_the_trials_share_of_it(cluster, local):
    assert trial_bytes(Resources(gpus=0.25), gpu_size=80e9, local=local) == 20e9
    assert trial_bytes(Resources(gpus=4.0), gpu_size=80e9, local=local) == 80e9
    assert trial_bytes(Resources(gpus=1.0), gpu_size=math.nan, local=local) == math.inf


def test_on_one_machine_trials_share_what_it_has_free(cluster):
    assert trial_bytes(Resources(concurrent=4), gpu_size=math.nan, local=True) == 2e6


def test_on_a_cluster_the_smallest_node_counts_that_will_do(cluster):
    """By the part of its memory that falls to the trial's processors."""
    assert trial_bytes(Resources(cpus=1.0, concurrent=8), gpu_size=math.nan, local=False) == 4e9
    assert trial_bytes(Resources(cpus=6.0), gpu_size=math.nan, local=False) == 48e9
    assert trial_bytes(Resources(cpus=9.0), gpu_size=math.nan, local=False) == math.inf
    cluster.clear()
    assert trial_bytes(Resources(cpus=1.0), gpu_size=math.nan, local=False) == math.inf


def test_a_runner_says_what_its_trials_may_use(tmp_path, cluster):
    """Before Ray has started here."""
    session = RaySession(cpus=2)
    halves = TuneRunner(session, Resources(gpus=0.5), storage=tmp_path, gpu_bytes=40e9)
    assert halves.trial_bytes == 20e9
    assert TuneRunner(session, Resources(concurrent=2), storage=tmp_path).trial_bytes == 4e6
    assert not session.started
