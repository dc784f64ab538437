"""A service's submissions are followed without reading the cluster's whole list again and again."""

import pytest

from automl_tl.distributed.jobs_api import RayJob
from automl_tl.worker.submissions import JOB, SERVICE, Submissions


class Cluster:
    """Holds submissions and counts what it is asked."""

    def __init__(self):
        self.jobs, self.lists, self.asked, self.now = {}, 0, [], 0.0

    def add(self, name, status="RUNNING", service="mine"):
        self.jobs[name] = RayJob(name, status, "", {JOB: f"projects/p/jobs/{name}", SERVICE: service})

    def list(self):
        self.lists += 1
        return list(self.jobs.values())

    def find(self, submission_id):
        self.asked.append(submission_id)
        return self.jobs.get(submission_id)


@pytest.fixture
def cluster():
    return Cluster()


@pytest.fixture
def submissions(cluster):
    return Submissions(cluster, "mine", clock=lambda: cluster.now)


def test_only_the_services_own_that_are_not_over_are_in_flight(cluster, submissions):
    """People and other services submit to the same cluster."""
    cluster.add("a")
    cluster.add("b", "FAILED")
    cluster.add("c", service="theirs")
    cluster.jobs["hand-made"] = RayJob("hand-made", "RUNNING")
    submissions.look()
    assert [run.submission_id for run in submissions.flying.values()] == ["a"]
    assert set(submissions.known) == {"a", "b", "c", "hand-made"}


def test_one_look_asks_few_questions_and_comes_round_to_everyone(cluster, submissions):
    """However many are in flight."""
    for number in range(10):
        cluster.add(f"job-{number}")
    submissions.look()
    for second in range(1, 6):
        cluster.now = float(second)
        before = len(cluster.asked)
        submissions.look()
        assert len(cluster.asked) - before == 4
    assert sorted(set(cluster.asked)) == sorted(cluster.jobs)
    assert {cluster.asked.count(name) for name in cluster.jobs} == {2}
    assert cluster.lists == 1


def test_what_another_has_submitted_is_seen_after_a_while(cluster, submissions):
    """Two dispatchers may look after one service."""
    submissions.look()
    cluster.add("late")
    cluster.now = 29.0
    submissions.look()
    assert not submissions.flying
    cluster.now = 31.0
    submissions.look()
    assert list(submissions.flying) == ["projects/p/jobs/late"]


def test_a_head_that_has_forgotten_makes_the_list_be_read(cluster, submissions):
    """It started anew: nothing of what was known is true."""
    cluster.add("a")
    cluster.add("b")
    submissions.look()
    cluster.jobs.clear()
    submissions.look()
    assert cluster.lists == 2
    assert not submissions.known
