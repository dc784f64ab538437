"""Jobs are handed to a cluster once each, looked after, and given up only with a reason."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from automl_tl.distributed.jobs_api import RayJob
from automl_tl.errors import AutomlError, Unavailable
from automl_tl.pipeline.spec import JobSpec, JobState
from automl_tl.search.budget import StopReason
from automl_tl.store.ledger import Ledger
from automl_tl.store.local_blobs import LocalBlobStore
from automl_tl.store.places import Places
from automl_tl.store.records import DatasetRecord
from automl_tl.worker.dispatch import Dispatcher
from automl_tl.worker.remote_command import RemoteCommand
from automl_tl.worker.trial_shape import TrialShape


@dataclass
class FakeApi:
    """A cluster that runs what its test says."""

    jobs: dict = field(default_factory=dict)
    stopped: list = field(default_factory=list)
    lists: int = 0
    asked: list = field(default_factory=list)
    gpus: list = field(default_factory=list)
    away: bool = False

    def list(self):
        self.lists += 1
        if self.away:
            raise Unavailable("no cluster")
        return list(self.jobs.values())

    def find(self, submission_id):
        self.asked.append(submission_id)
        return self.jobs.get(submission_id)

    def submit(self, submission_id, entrypoint, *, metadata, cpus=1.0, gpus=0.0):
        if submission_id in self.jobs:
            return False
        self.gpus.append(gpus)
        self.jobs[submission_id] = RayJob(submission_id, "PENDING", "", metadata)
        return True

    def stop(self, submission_id):
        self.stopped.append(submission_id)
        self.turns(submission_id, "STOPPED")

    def turns(self, submission_id, status, message="", error_type=""):
        self.jobs[submission_id] = replace(
            self.jobs[submission_id], status=status, message=message, error_type=error_type
        )


@pytest.fixture
def ledger(tmp_path, clock):
    ledger = Ledger(f"sqlite:///{tmp_path}/ledger.sqlite", clock=clock)
    yield ledger
    ledger.close()


@pytest.fixture
def queue(ledger, tmp_path):
    """Return a function that queues a job."""
    blobs = LocalBlobStore(tmp_path / "blobs")
    record = ledger.datasets.add(
        DatasetRecord("default", "a" * 64, "data", "image", (), 10, 0, uri="file:///x"), blobs
    )
    return lambda name: ledger.jobs.create("default", JobSpec(dataset=record.name), job=name)


@pytest.fixture
def api():
    return FakeApi()


@pytest.fixture
def make(ledger, api):
    return lambda **options: Dispatcher(ledger, api, RemoteCommand(Path("/data"), Places()), **options)


def test_a_driver_gets_the_gpus_that_the_operator_says(ledger, api, queue):
    """And none otherwise: it would keep them for the whole of its job."""
    for number, shape in enumerate((TrialShape(gpus=2.0), TrialShape(driver_gpus=0.5))):
        queue(f"job-{number}")
        Dispatcher(ledger, api, RemoteCommand(Path("/data"), Places(), shape)).step()
    assert api.gpus == [0.0, 0.5]


def state(ledger, job):
    return ledger.jobs.get("default", job).state


def test_each_job_is_submitted_once_whoever_asks_and_how_often(make, queue, api):
    """Two dispatchers and one that has started again see the same cluster."""
    queue("job-1")
    queue("job-2")
    assert make().step() == ["job-1", "job-2"]
    assert make().step() == []
    assert make().step() == []
    assert list(api.jobs) == ["job-1", "job-2"]


def test_no_more_are_in_flight_than_allowed(make, queue, api):
    """The next goes when one is over."""
    for number in range(3):
        queue(f"job-{number}")
    dispatcher = make(at_once=1)
    assert [dispatcher.step(), dispatcher.step()] == [["job-0"], []]


def test_the_only_job_goes_however_many_wait_before_it(make, queue, api):
    """Nobody else's place in the queue counts for it."""
    for number in range(101):
        queue(f"job-{number}")
    assert make(only="projects/default/jobs/job-100").step() == ["job-100"]
    assert list(api.jobs) == ["job-100"]


def test_a_job_that_is_cancelled_before_it_began_is_stopped_at_once(make, queue, api, ledger):
    """It would otherwise wait for processors that it does not need."""
    queue("job-1")
    dispatcher = make()
    dispatcher.step()
    ledger.jobs.cancel("default", "job-1")
    dispatcher.step()
    assert api.stopped == ["job-1"]
    assert state(ledger, "job-1") is JobState.CANCELLED


def test_a_running_job_that_is_cancelled_may_end_by_itself_first(make, queue, api, ledger):
    """Its worker hears of it from the ledger; only one that does not listen is stopped."""
    queue("job-1")
    patient, impatient = make(), make(grace=0.0)
    patient.step()
    api.turns("job-1", "RUNNING")
    ledger.claim_next("remote", 30.0)
    ledger.jobs.cancel("default", "job-1")
    patient.step()
    assert api.stopped == []
    impatient.step()
    assert api.stopped == ["job-1"]


def test_a_job_whose_node_is_lost_is_submitted_again_under_another_id(make, queue, api, ledger, clock):
    """Once the lease is over; a claim on it would go on from what was published."""
    queue("job-1")
    dispatcher = make()
    dispatcher.step()
    ledger.claim_next("remote", 30.0)
    api.turns("job-1", "FAILED")
    assert dispatcher.step() == []
    clock.now += 31
    assert dispatcher.step() == ["job-1.1"]
    assert ledger.claim_next("second", 30.0).epoch == 2


@pytest.fixture
def submitted_again(make, queue, api, ledger, clock):
    """Return the id of a submission that runs and has not claimed its job yet, whose first worker was lost."""
    queue("job-1")
    make().step()
    ledger.claim_next("remote", 30.0)
    api.turns("job-1", "FAILED")
    clock.now += 31
    (name,) = make().step()
    api.turns(name, "RUNNING")
    return name


def test_a_job_that_is_submitted_again_has_time_to_import_before_its_claim(make, api, submitted_again):
    """The lease that is over is its predecessor's."""
    dispatcher = make(grace=0.0)
    assert dispatcher.step() == []
    assert api.stopped == []
    dispatcher.starting = 0.0
    dispatcher.step()
    assert api.stopped == [submitted_again]


def test_a_run_that_has_lost_its_lease_has_the_grace_only(make, api, ledger, clock, submitted_again, monkeypatch):
    """Its job can go on elsewhere; the time that it took to start does not count."""
    seconds = [0.0]
    monkeypatch.setattr("automl_tl.worker.dispatch.time", SimpleNamespace(monotonic=lambda: seconds[0]))
    dispatcher = make(grace=60.0)
    dispatcher.step()
    ledger.claim_next("second", 30.0)
    clock.now += 31
    stopped = []
    for seconds[0] in (100.0, 159.0, 160.0):
        dispatcher.step()
        stopped.append(list(api.stopped))
    assert stopped == [[], [], [submitted_again]]


def test_a_job_that_nobody_took_up_fails_with_what_the_cluster_said(make, queue, api, ledger):
    """After three submissions; resumed, it has three more."""
    queue("job-1")
    dispatcher = make()
    for name in ("job-1", "job-1_2", "job-1_3"):
        assert dispatcher.step() == [name]
        api.turns(name, "FAILED", "No module named automl_tl; password=hush-hush")
    assert dispatcher.step() == []
    failed = ledger.jobs.get("default", "job-1")
    assert failed.state is JobState.FAILED
    assert failed.error.reason == "CLUSTER_DID_NOT_START"
    assert "No module named automl_tl" in failed.error.message
    assert "hush" not in failed.error.message
    ledger.jobs.resume("default", "job-1")
    assert dispatcher.step() == ["job-1.2"]


def test_a_busy_cluster_fails_no_job_however_long_it_is_busy(make, queue, api, ledger):
    """What found no room in time is submitted again, also by a dispatcher that has just started."""
    queue("job-1")
    make().step()
    for number in range(1, 8):
        api.turns(list(api.jobs)[-1], "FAILED", "failed to start", "JOB_SUPERVISOR_ACTOR_START_TIMEOUT")
        assert make().step() == [f"job-1_{number + 1}"]
        assert make().step() == []
    assert state(ledger, "job-1") is JobState.QUEUED


def test_what_found_no_room_is_not_counted_among_the_three_that_failed(make, queue, api, ledger):
    """The reason that is told is of one that did."""
    queue("job-1")
    ends = [("no module", "JOB_ENTRYPOINT_COMMAND_ERROR"), ("busy", "JOB_SUPERVISOR_ACTOR_START_TIMEOUT")] * 3
    for message, error_type in ends[:-1]:
        assert len(make().step()) == 1
        api.turns(list(api.jobs)[-1], "FAILED", message, error_type)
    assert make().step() == []
    failed = ledger.jobs.get("default", "job-1")
    assert failed.state is JobState.FAILED
    assert "job-1_5, FAILED: no module" in failed.error.message


def test_what_belongs_to_others_is_left_alone(make, queue, api):
    """Two services may share a cluster, and people submit jobs of their own."""
    api.jobs["theirs"] = RayJob("theirs", "RUNNING", "", {"automl_tl_job": "x", "automl_tl_service": "other"})
    api.jobs["hand-made"] = RayJob("hand-made", "RUNNING")
    queue("job-1")
    dispatcher = make(at_once=1, grace=0.0)
    assert dispatcher.step() == ["job-1"]
    assert dispatcher.step() == []
    assert api.stopped == []


def test_a_job_that_has_ended_is_given_time_to_leave(make, queue, api, ledger):
    """Its worker still closes files; then it is stopped."""
    queue("job-1")
    dispatcher = make()
    dispatcher.step()
    api.turns("job-1", "RUNNING")
    lease = ledger.claim_next("remote", 30.0)
    dispatcher.step()
    ledger.finish(lease, JobState.SUCCEEDED, StopReason.COMPLETED)
    dispatcher.step()
    assert api.stopped == []
    dispatcher.grace = 0.0
    dispatcher.step()
    assert api.stopped == ["job-1"]


def test_the_whole_list_is_read_only_to_submit(make, queue, api):
    """Ray lists whatever was ever submitted; what is in flight is asked after by its own id."""
    dispatcher = make()
    for _ in range(50):
        dispatcher.step()
    assert (api.lists, api.asked) == (1, [])
    queue("job-1")
    dispatcher.step()
    for _ in range(50):
        dispatcher.step()
    assert api.lists == 2
    assert api.asked == ["job-1"] * 50


def test_what_waits_for_room_asks_no_list(make, queue, api, ledger):
    """Only one may be in flight: the second waits, and nobody lists for it every second."""
    queue("job-1")
    queue("job-2")
    dispatcher = make(at_once=1)
    for _ in range(20):
        dispatcher.step()
    assert api.lists == 1
    ledger.claim_next("remote", 30.0, job="projects/default/jobs/job-1")
    api.turns("job-1", "SUCCEEDED")
    assert dispatcher.step() == ["job-2"]


def test_a_cluster_that_is_away_is_asked_ever_more_rarely(make, api):
    """And at the usual pace again once it answers."""
    waits = []

    class Stop:
        def is_set(self):
            return len(waits) >= 9

        def wait(self, seconds):
            waits.append(seconds)
            api.away = len(waits) < 7

    api.away = True
    make().run(Stop())
    assert waits == [2.0, 4.0, 8.0, 16.0, 30.0, 30.0, 30.0, 1.0, 1.0]


def test_a_cancelled_job_that_ends_the_run_leaves_nothing_pending(make, queue, api, ledger):
    """Whoever waits for this one job sees it end and leaves; the cluster would start it for nothing."""
    queue("job-1")
    dispatcher = make(only="projects/default/jobs/job-1")

    def over():
        if not api.jobs:
            return False
        ledger.jobs.cancel("default", "job-1")
        return True

    dispatcher.run(threading.Event(), over=over, interval=0.0)
    assert api.stopped == ["job-1"]


def test_a_ledger_that_is_away_when_asked_for_the_end_is_asked_again(make):
    """Whoever waits for one job outlives a restart of the database."""
    answers = iter([Unavailable("the ledger restarts"), Unavailable("the ledger restarts"), True])

    def over():
        answer = next(answers)
        if isinstance(answer, AutomlError):
            raise answer
        return answer

    make().run(threading.Event(), over=over, interval=0.0)
    assert list(answers) == []


def test_whoever_is_told_to_stop_asks_nothing_more(make, api):
    """It has to be quick."""
    stop = threading.Event()
    stop.set()
    make().run(stop)
    assert api.lists == 0
