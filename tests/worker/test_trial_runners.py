"""One Ray per worker process."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from automl_tl.distributed.gpus import GpuNode
from automl_tl.distributed.probe_runner import RayProbeRunner
from automl_tl.distributed.session import RaySession
from automl_tl.distributed.tune_runner import TuneRunner
from automl_tl.pipeline.spec import JobSpec
from automl_tl.search.runner import Resources
from automl_tl.worker.trial_runners import RayRunners
from automl_tl.worker.trial_shape import TrialShape


def test_a_job_that_will_not_search_starts_no_ray(monkeypatch, depot):
    """A ranking is a matter of seconds; Ray would take longer to start."""
    runners = RayRunners(cpus=2)
    monkeypatch.setattr(runners.session, "start_async", lambda: pytest.fail("Ray was started"))
    runners.prepare(depot.lease())


def test_preparing_does_not_wait_and_every_job_shares_the_session(monkeypatch, tmp_path, make_depot):
    """Ray starts while the data is read and rung 0 runs; nothing here waits for it."""
    calls, depot = [], make_depot(stop_after="REPORT")
    runners = RayRunners(cpus=2)
    for name in ("start_async", "start", "stop"):
        monkeypatch.setattr(runners.session, name, lambda name=name: calls.append(name))
    runners.prepare(depot.lease())
    assert calls == ["start_async"]
    assert isinstance(runners.runner(tmp_path), TuneRunner)
    runners.close()
    assert calls == ["start_async", "stop"]


def test_probing_goes_to_ray_only_where_that_is_sooner(monkeypatch):
    """A local Ray takes seconds to start, and its processes seconds to import."""
    runners = RayRunners(cpus=2)
    assert runners.prober(30.0) is None
    assert isinstance(runners.prober(300.0), RayProbeRunner)
    assert RayRunners(cpus=1).prober(300.0) is None
    fresh = RayRunners(cpus=2)
    monkeypatch.setattr(RaySession, "started", True)
    assert fresh.prober(5.0) is None
    first = fresh.prober(30.0)
    assert isinstance(first, RayProbeRunner)
    assert fresh.prober(5.0) is first
    assert fresh.prober(0.1) is None


def test_a_cluster_is_used_for_probing_without_waiting_for_a_search():
    """The job may end after its ranking."""
    runners = RayRunners(address="head:6379", cpus=1)
    assert runners.prober(1.0) is None
    assert isinstance(runners.prober(30.0), RayProbeRunner)


def test_an_operator_says_what_trials_ask_for_where_the_machine_cannot_tell():
    """A driver without a GPU on a cluster that has some; what is not said is found out here."""
    said = RayRunners(address="head:6379", cpus=4, shape=TrialShape(gpus=0.5, at_once=8)).resources
    assert (said.cpus, said.gpus, said.concurrent) == (1.0, 0.5, 8)
    assert RayRunners(cpus=4).resources.concurrent == 4


def test_a_job_says_what_its_own_trials_ask_for(monkeypatch, make_depot):
    """Several GPUs bring as many processors; probing, which a GPU is enough for, keeps its own share; the next job
    starts from what the operator said."""
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    runners = RayRunners(cpus=4)
    monkeypatch.setattr(runners.session, "start_async", lambda: None)
    asks = {"accelerator": "H200", "gpus_per_trial": 2}
    depot = make_depot(compute=asks)
    lease = depot.lease()
    runners.prepare(lease)
    assert runners.resources == Resources(cpus=2.0, gpus=2.0, concurrent=4, accelerator="H200")
    assert runners._for_probing() == Resources(cpus=1.0, gpus=0.5, concurrent=4, accelerator="H200")
    assert runners.devices() == 2
    first = runners.prober(300.0)
    runners.prepare(replace(lease, spec=JobSpec(dataset=lease.spec.dataset)))
    assert runners.resources == Resources(cpus=1.0, gpus=0.5, concurrent=4)
    assert runners.devices() == 1
    assert runners.prober(300.0) is not first


@pytest.mark.parametrize(("gpus", "cpus", "share"), [(1, 16, 0.125), (1, 64, 0.125), (1, 4, 0.25), (0, 16, 0.0)])
def test_not_all_processors_of_a_machine_probe_on_one_gpu(monkeypatch, gpus, cpus, share):
    """Each process has CUDA's libraries there; what an operator says counts as it is."""
    monkeypatch.setattr(torch.cuda, "device_count", lambda: gpus)
    assert RayRunners(cpus=cpus)._for_probing().gpus == share
    assert RayRunners(cpus=cpus, shape=TrialShape(gpus=0.05))._for_probing().gpus == 0.05


@pytest.mark.parametrize(("asked", "here", "divided"), [(4, 2, 2), (2, 0, 1), (0.5, 2, 1), (None, 2, 1)])
def test_retraining_is_divided_over_the_gpus_that_this_machine_has(monkeypatch, asked, here, divided):
    """A driver may have fewer than the machines on which trials run; a trial's share of a GPU divides nothing."""
    monkeypatch.setattr(torch.cuda, "device_count", lambda: here)
    assert RayRunners(cpus=4, shape=TrialShape(gpus=asked)).devices() == divided


@pytest.mark.parametrize(("cpus", "threads"), [(None, 1), (4.0, 4), (2.5, 2), (0.25, 1)])
def test_a_process_computes_with_the_processors_of_a_trial(cpus, threads):
    """Those that an operator gave it: what is not said is one."""
    assert RayRunners(cpus=8, shape=TrialShape(cpus=cpus)).threads() == threads


def test_the_gpus_of_a_cluster_are_shared_out_and_not_those_of_this_machine(monkeypatch):
    """As far as they are of the type that will do; the driver's machine often has none."""
    nodes = {"": (GpuNode(2.0, 8.0, "H200"), GpuNode(2.0, 2.0, "T4")), "H200": (GpuNode(2.0, 8.0, "H200"),)}
    monkeypatch.setattr("automl_tl.worker.trial_runners.gpu_nodes", nodes.__getitem__)
    runners = RayRunners(address="head:6379", cpus=4)
    assert runners.resources.gpus == 0.4
    only = RayRunners(address="head:6379", cpus=4, shape=TrialShape(accelerator="H200"))
    assert only.resources.gpus == 0.25


def test_a_local_ray_has_the_processors_that_its_worker_may_use(monkeypatch):
    """A container or a batch job on a big machine; not all that the machine has."""
    monkeypatch.setattr("os.cpu_count", lambda: 64)
    monkeypatch.setattr("automl_tl.worker.trial_runners.processors", lambda: 3)
    assert RayRunners().resources.concurrent == 3
