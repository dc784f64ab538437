"""A project that has used up its share waits; others do not notice."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from automl_tl.errors import InvalidInput, QuotaExceeded
from automl_tl.pipeline.spec import BudgetSpec, JobSpec
from automl_tl.store.ledger import Ledger
from automl_tl.store.quotas import Quota
from automl_tl.store.records import DatasetRecord

DIGEST = "a" * 64


@pytest.fixture
def ledger(ledger_url):
    ledger = Ledger(ledger_url)
    yield ledger
    ledger.close()


class Blobs:
    """A store that has every blob."""

    def exists(self, sha256):
        return True


def dataset(ledger, project, size=100, digest=DIGEST, blob="b" * 64):
    ledger.datasets.add(DatasetRecord(project, digest, "d", "text", (), 2, size, blob=blob), Blobs())
    return f"projects/{project}/datasets/{digest}"


def create(ledger, project, quota, *, trials=2, wall=0.0):
    spec = JobSpec(
        dataset=f"projects/{project}/datasets/{DIGEST}", budget=BudgetSpec(trials=trials, wall_seconds=wall)
    )
    return ledger.jobs.create(project, spec, quota=quota)


def test_jobs_that_are_not_finished_count(ledger):
    for project in ("one", "two"):
        dataset(ledger, project)
    quota = Quota(jobs=1)
    first = create(ledger, "one", quota)
    with pytest.raises(QuotaExceeded, match="may have 1 jobs, has 1 not finished"):
        create(ledger, "one", quota)
    create(ledger, "two", quota)
    ledger.jobs.cancel("one", first.job)
    create(ledger, "one", quota)


def test_budgets_of_jobs_that_are_not_finished_add_up(ledger):
    dataset(ledger, "one")
    create(ledger, "one", Quota(trials=5), trials=3)
    with pytest.raises(QuotaExceeded, match="5 trials, has 3 promised, and this needs 3 more"):
        create(ledger, "one", Quota(trials=5), trials=3)
    with pytest.raises(QuotaExceeded, match="max_wall_time must be set") as caught:
        create(ledger, "one", Quota(wall_seconds=100))
    assert caught.value.field == "job.spec.budget.max_wall_time"
    create(ledger, "one", Quota(wall_seconds=100), wall=60)
    with pytest.raises(QuotaExceeded, match="seconds of wall time"):
        create(ledger, "one", Quota(wall_seconds=100), wall=60)


def test_gpu_time_and_money_add_up_too(ledger):
    dataset(ledger, "one")
    spec = JobSpec(dataset=f"projects/one/datasets/{DIGEST}")
    for quota, budget, field, unit in (
        (Quota(gpu_seconds=100), BudgetSpec(gpu_seconds=60), "max_gpu_time", "seconds of GPUs"),
        (Quota(money=100), BudgetSpec(money=60, price_per_device_hour=2), "max_cost", "of money"),
    ):
        with pytest.raises(QuotaExceeded, match=f"{field} must be set") as caught:
            ledger.jobs.create("one", spec, quota=quota)
        assert caught.value.field == f"job.spec.budget.{field}"
        wanted = spec.model_copy(update={"budget": budget})
        ledger.jobs.create("one", wanted, quota=quota)
        with pytest.raises(QuotaExceeded, match=f"may have 100 {unit}, has 60 promised, and this needs 60 more"):
            ledger.jobs.create("one", wanted, quota=quota)


def test_a_job_that_is_resumed_needs_room_again(ledger):
    dataset(ledger, "one")
    first = create(ledger, "one", Quota(), wall=60)
    ledger.jobs.cancel("one", first.job)
    quota = Quota(wall_seconds=100)
    second = create(ledger, "one", quota, wall=60)
    with pytest.raises(QuotaExceeded, match="has 60 promised, and this needs 60 more"):
        ledger.jobs.resume("one", first.job, quota=quota)
    ledger.jobs.cancel("one", second.job)
    with pytest.raises(QuotaExceeded, match="this needs 101 more"):
        ledger.jobs.resume("one", first.job, budget=BudgetSpec(wall_seconds=101), quota=quota)
    assert ledger.jobs.resume("one", first.job, quota=quota).state.value == "QUEUED"


def test_stored_and_arriving_bytes_count(ledger, tmp_path):
    dataset(ledger, "one", size=60)
    dataset(ledger, "one", size=10_000, digest="c" * 64, blob="")  # registered: not ours
    about = {"project": "one", "file_name": "a.zip", "sha256": DIGEST, "quota": Quota(stored_bytes=100)}
    ledger.uploads.begin(tmp_path / "u1", size_bytes=30, **about)
    with pytest.raises(QuotaExceeded, match="100 bytes, has 90 stored or arriving, and this needs 30 more"):
        ledger.uploads.begin(tmp_path / "u2", size_bytes=30, **about)
    assert not (tmp_path / "u2").exists()
    ledger.uploads.end(tmp_path / "u1")
    ledger.uploads.begin(tmp_path / "u2", size_bytes=30, **about)


def test_callers_at_the_same_moment_do_not_get_past_it(ledger):
    dataset(ledger, "one")

    def attempt(_):
        try:
            create(ledger, "one", Quota(jobs=3))
        except QuotaExceeded:
            return 0
        return 1

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(attempt, range(16))) == 3


def test_no_quota_is_no_limit(ledger):
    dataset(ledger, "one")
    for _ in range(3):
        create(ledger, "one", Quota())


@pytest.mark.parametrize("name", ["jobs", "stored_bytes", "trials", "wall_seconds"])
def test_a_negative_quota_is_refused(name):
    with pytest.raises(InvalidInput, match=name):
        Quota(**{name: -1})
