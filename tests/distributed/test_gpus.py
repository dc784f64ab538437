"""What a driver learns of GPUs that are not its own."""

import math

import pytest
import torch

from automl_tl.distributed import gpus
from automl_tl.distributed.gpus import GpuNode, gpu_bytes, gpu_nodes, gpus_per_processor, stay_within_share


@pytest.fixture
def nodes(monkeypatch):
    """What Ray says of its nodes: a head without a GPU, two kinds with, one that is gone, one of no known type."""
    listed = [
        {"Alive": True, "Resources": {"CPU": 8.0, "memory": 1e9}},
        {"Alive": True, "Resources": {"CPU": 16.0, "GPU": 4.0, "accelerator_type:H200": 1.0}},
        {"Alive": True, "Resources": {"CPU": 4.0, "GPU": 1.0, "accelerator_type:T4": 1.0}},
        {"Alive": False, "Resources": {"CPU": 4.0, "GPU": 8.0, "accelerator_type:K80": 1.0}},
    ]
    monkeypatch.setattr(gpus.ray, "nodes", lambda: listed)
    return listed


def test_the_nodes_with_gpus_that_will_do(nodes):
    """Neither the head nor what is gone."""
    assert gpu_nodes() == (GpuNode(4.0, 16.0, "H200"), GpuNode(1.0, 4.0, "T4"))
    assert gpu_nodes("T4") == (GpuNode(1.0, 4.0, "T4"),)
    assert gpu_nodes("A100") == ()


def test_processors_share_the_gpus_of_their_nodes():
    """The head's processors have none and do not count; nobody gets more than one."""
    assert gpus_per_processor([GpuNode(4.0, 16.0), GpuNode(1.0, 4.0)]) == 0.25
    assert gpus_per_processor([GpuNode(8.0, 2.0)]) == 1.0
    assert gpus_per_processor([GpuNode(1.0, 0.0)]) == 1.0
    assert gpus_per_processor([]) == 0.0


def test_of_a_mixed_cluster_the_smallest_that_will_do_counts(nodes):
    """A trial that may land on a T4 has to fit there; one that asks for an H200 does not."""
    assert gpu_bytes(local=False) == 16e9
    assert gpu_bytes("H200", local=False) == 141e9


def test_a_cluster_that_has_none_yet_is_known_by_what_is_asked_for(nodes):
    """It grows when trials wait."""
    assert gpu_bytes("A100-80G", local=False) == 80e9
    assert math.isnan(gpu_bytes("our_own", local=False))


def test_one_unknown_type_makes_the_smallest_unknown(nodes):
    """It might be the smallest."""
    nodes.append({"Alive": True, "Resources": {"CPU": 4.0, "GPU": 1.0}})
    assert math.isnan(gpu_bytes(local=False))
    assert gpu_bytes("T4", local=False) == 16e9


def test_this_machine_is_asked_itself(nodes, monkeypatch):
    """Its own GPUs, whatever a cluster has."""
    import torch

    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert math.isnan(gpu_bytes())


def test_a_process_that_shares_a_gpu_is_held_to_its_share(monkeypatch):
    """A whole GPU, or none, needs no bound."""
    asked = []
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "set_per_process_memory_fraction", asked.append)
    for share in (0.0, 0.25, 1.0, 2.0):
        stay_within_share(share)
    assert asked == [0.25]
