"""Room for trials in a Ray."""

import pytest

from automl_tl.distributed import slots
from automl_tl.distributed.slots import ClusterSlots, bundle, check_room, local_slots, warn_of_absence
from automl_tl.errors import FailedPrecondition
from automl_tl.search.runner import Resources


@pytest.fixture
def cluster(monkeypatch):
    """What Ray says that it has."""
    has = {"CPU": 8.0, "GPU": 2.0, "accelerator_type:H200": 1.0}
    monkeypatch.setattr(slots.ray, "cluster_resources", lambda: dict(has))
    return has


def test_a_trial_asks_in_rays_words():
    """Processors, shares of GPUs, and a type of accelerator as a constraint."""
    assert bundle(Resources(cpus=2, gpus=0)) == {"CPU": 2}
    asked = bundle(Resources(cpus=1, gpus=0.25, accelerator="H200"))
    assert asked == {"CPU": 1, "GPU": 0.25, "accelerator_type:H200": 0.001}


def test_the_scarcest_resource_bounds_a_ray_that_cannot_grow(cluster):
    """Halves of two GPUs are four, thirds six; never more than asked for; what never fits is an error."""
    assert local_slots(Resources(gpus=0.5, concurrent=9)) == 4
    assert local_slots(Resources(gpus=1 / 3, concurrent=9)) == 6
    assert local_slots(Resources(gpus=0.5, concurrent=3)) == 3
    with pytest.raises(FailedPrecondition, match="asks for 4 GPUs but this Ray has 2"):
        local_slots(Resources(gpus=4))
    with pytest.raises(FailedPrecondition, match="GPUs of type A100 but this Ray has H200"):
        local_slots(Resources(gpus=1, accelerator="A100"))


def test_a_cluster_is_looked_at_again(cluster, monkeypatch):
    """After a few seconds, not at every question; what was asked for waits there even if nothing fits."""
    now = [0.0]
    monkeypatch.setattr(slots.time, "monotonic", lambda: now[0])
    count = ClusterSlots(Resources(gpus=0.5, concurrent=2))
    assert count() == 4
    cluster["GPU"] = 3.0
    assert count() == 4
    now[0] = 6.0
    assert count() == 6
    now[0], cluster["GPU"] = 12.0, 0.0
    assert count() == 2


def test_what_is_waited_for_without_a_sign_is_told_in_the_log(cluster, caplog):
    """A cluster may grow, so it is no error that it has none now."""
    warn_of_absence(Resources(gpus=1, accelerator="H200"))
    warn_of_absence(Resources(gpus=1))
    assert not caplog.messages
    warn_of_absence(Resources(gpus=1, accelerator="T4"))
    assert "GPUs of type T4" in caplog.text


def test_who_asks_is_named(cluster):
    """A task of probing is no trial."""
    with pytest.raises(FailedPrecondition, match="a task of probing asks for 9 processors but this Ray has 8"):
        check_room(Resources(cpus=9), who="a task of probing")
