"""Many servers and workers at once: what each of them decides holds when all are done."""

import threading

import pytest

from automl_tl.errors import AlreadyExists, AutomlError, FailedPrecondition, NotFound
from automl_tl.pipeline.spec import JobSpec, JobState, Stage
from automl_tl.search.budget import StopReason
from automl_tl.store.audit import audit
from automl_tl.store.ledger import Ledger
from automl_tl.store.requests import RequestKey
from automl_tl.store.stages import Publication

DIGEST = "d1" * 32
SPEC = JobSpec(dataset=f"projects/default/datasets/{DIGEST}")


@pytest.fixture
def peers(shop):
    """Four ledgers on one database, as four processes would have."""
    shop.dataset()
    ledgers = [Ledger(shop.url) for _ in range(4)]
    yield ledgers
    for ledger in ledgers:
        ledger.close()


def all_at_once(*calls):
    """Run the calls in threads that begin together; return what each answered or raised."""
    start, answers = threading.Barrier(len(calls)), [None] * len(calls)

    def run(number, call):
        start.wait()
        try:
            answers[number] = call()
        except AutomlError as error:
            answers[number] = error

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def test_one_request_makes_one_job_however_often_it_is_sent(peers):
    key = RequestKey("default", "r1", "CreateJob", "body")
    answers = all_at_once(
        *(lambda ledger=ledger: ledger.jobs.create("default", SPEC, key=key) for ledger in peers * 3)
    )
    assert len({job.name for job in answers}) == 1
    assert peers[0].jobs.recall(key).name == answers[0].name


def test_one_job_id_is_given_once(peers):
    answers = all_at_once(
        *(lambda ledger=ledger: ledger.jobs.create("default", SPEC, job="mine") for ledger in peers)
    )
    assert sum(isinstance(answer, AlreadyExists) for answer in answers) == len(peers) - 1


def test_every_job_is_claimed_by_one_worker(peers):
    for number in range(6):
        peers[0].jobs.create("default", SPEC, job=f"job-{number}")
    leases = all_at_once(
        *(lambda ledger=ledger: [ledger.claim_next("w", 30) for _ in range(3)] for ledger in peers)
    )
    taken = [lease.job for worker in leases for lease in worker if lease is not None]
    # Whoever meets a row that another one is just taking passes it over and asks again later.
    taken += [lease.job for lease in iter(lambda: peers[0].claim_next("w", 30), None)]
    assert sorted(taken) == [f"job-{number}" for number in range(6)]


def test_a_cancel_and_the_end_of_the_job_meet(peers):
    """Whichever comes first decides, and the history says the same."""
    for number in range(8):
        name = f"job-{number}"
        peers[0].jobs.create("default", SPEC, job=name)
        lease = peers[0].claim_next("w", 30)
        cancelled, finished = all_at_once(
            lambda name=name: peers[1].jobs.cancel("default", name),
            lambda lease=lease: peers[2].finish(lease, JobState.SUCCEEDED, StopReason.COMPLETED),
        )
        assert finished is None
        assert isinstance(cancelled, FailedPrecondition) or cancelled.state is JobState.CANCELLING
        assert peers[3].jobs.get("default", name).state is JobState.SUCCEEDED
    assert audit(peers[0]).findings == ()


def test_a_dataset_is_not_deleted_under_a_new_job(shop, peers):
    for number in range(8):
        name = f"job-{number}"
        deleted, made = all_at_once(
            lambda: peers[0].datasets.delete("default", DIGEST),
            lambda name=name: peers[1].jobs.create("default", SPEC, job=name),
        )
        if isinstance(deleted, str):
            assert isinstance(made, NotFound)
            shop.dataset()
        else:
            assert isinstance(deleted, FailedPrecondition)
            peers[2].jobs.cancel("default", name)


def test_a_blob_is_not_erased_under_a_new_artifact(shop, peers):
    for number in range(8):
        name, blob = f"job-{number}", shop.blobs.put_bytes(b"shared")
        peers[0].jobs.create("default", SPEC, job=name)
        lease = peers[0].claim_next("w", 30)
        files = [Publication("m", "model", "x/y", blob)]
        published, erased = all_at_once(
            lambda lease=lease, files=files: peers[1].publish_stage(lease, Stage.FIT, files, shop.blobs),
            lambda blob=blob: peers[2].references.erase([blob.sha256], shop.blobs),
        )
        assert shop.blobs.exists(blob.sha256) == (published is None)
        assert bool(erased) == (published is not None)
        peers[0].finish(lease, JobState.FAILED, StopReason.FAILED)
        peers[0].jobs.delete("default", name)
    assert audit(peers[0], shop.blobs).findings == ()


def test_histories_stay_gapless_when_many_write(peers):
    peers[0].jobs.create("default", SPEC, job="job-1")
    lease = peers[0].claim_next("w", 30)

    def report(ledger):
        for number in range(10):
            ledger.stages.progress(lease, number / 10, "")

    all_at_once(*(lambda ledger=ledger: report(ledger) for ledger in peers))
    history = peers[0].events.read("default", "job-1")
    assert [event.sequence for event in history.events] == list(range(1, 43))
    times = [event.time for event in history.events]
    assert times == sorted(times)
