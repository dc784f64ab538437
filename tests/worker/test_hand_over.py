"""The worker that hands jobs over to a cluster."""

from __future__ import annotations

import subprocess
import sys
import threading

import pytest

from automl_tl.distributed.place import RayPlace
from automl_tl.errors import InvalidInput
from automl_tl.pipeline.streaming import ABOVE_VARIABLE
from automl_tl.worker.hand_over import FORWARDED, hand_over

JOB = "projects/default/jobs/job-1"


def test_it_waits_for_a_cluster_that_is_away_and_ends_with_its_job(depot, unused_tcp_port, caplog):
    """One line says what it waits for, and one that nobody has looked whether something is still pending."""
    place = RayPlace.parse(f"jobs+http://127.0.0.1:{unused_tcp_port}")
    cancel = threading.Timer(0.3, lambda: depot.ledger.jobs.cancel("default", "job-1"))
    cancel.start()
    hand_over(depot.directory.root, place, stop=threading.Event(), once=True, job=JOB, interval=0.02)
    assert depot.state() == "CANCELLED"
    told = [record.message.partition(":")[0] for record in caplog.records if "does not answer" in record.message]
    assert told == ["waiting for cluster and ledger", "leaving without a last look at the cluster"]


def test_it_ends_with_whoever_started_it(depot):
    """And when told to."""
    place = RayPlace.parse("jobs+http://127.0.0.1:1")
    hand_over(depot.directory.root, place, stop=threading.Event(), orphaned=lambda: True)
    stop = threading.Event()
    stop.set()
    hand_over(depot.directory.root, place, stop=stop)


def test_once_needs_to_know_which_job(tmp_path):
    """The first job to end on a cluster may be anybody's."""
    with pytest.raises(InvalidInput, match="--job"):
        hand_over(tmp_path, RayPlace.parse("jobs+http://head:8265"), stop=threading.Event(), once=True)


def test_it_needs_neither_torch_nor_ray():
    """So that it can stand beside the service, in the service's own installation."""
    script = "import sys, automl_tl.worker.hand_over; print({'torch', 'ray'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=120)
    assert done.stdout.strip() == "set()", done.stderr


class Dispatching:
    """Stands for the dispatcher; ``run`` goes on until told to stop, or for half a second."""

    def __init__(self, *args, **options) -> None:
        """Know nobody."""

    def run(self, stop, **options) -> None:
        """Hand over nothing."""
        stop.wait(0.5)


@pytest.fixture
def begun(monkeypatch):
    """Return the commands of the processes that keepers have begun; there is always a question."""
    commands = []

    class Process:
        def __init__(self, command, **options) -> None:
            commands.append(command)

        def poll(self):
            """Still run."""

        def terminate(self) -> None:
            """End."""

        def wait(self, seconds=None) -> int:
            return 0

    monkeypatch.setattr("automl_tl.worker.explainer.subprocess.Popen", Process)
    monkeypatch.setattr("automl_tl.store.inquiries.Inquiries.waiting", lambda self: True)
    monkeypatch.setattr("automl_tl.worker.hand_over.Dispatcher", Dispatching)
    return commands


def test_questions_about_finished_jobs_are_answered_beside_it(depot, begun, caplog):
    """Unless it leaves with its job: nobody may take a question and go."""
    place = RayPlace.parse("jobs+http://127.0.0.1:1")
    hand_over(depot.directory.root, place, stop=threading.Event(), once=True, job=JOB)
    assert begun == []
    hand_over(depot.directory.root, place, stop=threading.Event())
    assert [command[2:5] for command in begun] == [
        ("automl_tl.worker.explainer", "--data-dir", str(depot.directory.root))
    ]
    assert "torch" not in caplog.text


def test_without_torch_it_says_that_it_answers_none(depot, begun, caplog, monkeypatch):
    """Instead of beginning a process again and again that cannot work."""
    monkeypatch.setattr("automl_tl.worker.hand_over.find_spec", lambda name: None)
    hand_over(depot.directory.root, RayPlace.parse("jobs+http://127.0.0.1:1"), stop=threading.Event())
    assert begun == []
    assert "install 'automl-tl[worker]'" in caplog.text


def test_what_is_forwarded_is_what_jobs_read(depot, monkeypatch):
    """The command that the cluster gets has the service's setting."""
    assert FORWARDED == (ABOVE_VARIABLE,)
    monkeypatch.setenv(ABOVE_VARIABLE, "64M")
    commands = []

    class Remembering:
        def __init__(self, ledger, api, command, **options) -> None:
            commands.append(command)

        def run(self, *args, **options) -> None:
            """Hand over nothing."""

    monkeypatch.setattr("automl_tl.worker.hand_over.Dispatcher", Remembering)
    hand_over(depot.directory.root, RayPlace.parse("jobs+http://127.0.0.1:1"), stop=threading.Event())
    assert "export AUTOML_TL_STREAM_ABOVE=64M && exec" in commands[0](JOB)
