"""Experience is what earlier jobs of the same project, on other data, found out about models."""

import dataclasses

import pytest

from automl_tl.pipeline.spec import JobSpec, JobState
from automl_tl.search.budget import StopReason
from automl_tl.search.trial import Trial, TrialState
from automl_tl.store.journal import LedgerJournal
from automl_tl.transferability.experience import PastResult

OTHER = "e2" * 32


def trial(number, model, accuracy, **changes):
    metrics = {} if accuracy is None else {"accuracy": accuracy, "log_loss": 0.3}
    base = Trial(f"t{number:04d}", number, model, "full", {}, 7, "portfolio", TrialState.SUCCEEDED)
    return dataclasses.replace(base, **{"value": accuracy or 0.5, "metrics": metrics, **changes})


@pytest.fixture
def finished(shop):
    """Runs a job on a data set, with these trials, to its end."""

    def run(digest, *trials, project="default", state=JobState.SUCCEEDED):
        shop.dataset(digest, project)
        name = f"projects/{project}/datasets/{digest}"
        shop.ledger.jobs.create(project, JobSpec(dataset=name))
        lease = shop.lease()
        for each in trials:
            shop.ledger.trials.record(lease, each)
        shop.clock.pass_seconds(5)
        shop.ledger.finish(lease, state, StopReason.COMPLETED)
        shop.clock.pass_seconds(5)

    return run


def current(shop):
    shop.job("now")
    return shop.lease()


def test_the_best_trial_of_every_model_counts(shop, finished):
    finished(OTHER, trial(1, "starter:a", 0.7), trial(2, "starter:a", 0.9), trial(3, "starter:b", 0.6))
    found = shop.ledger.past_results.before(current(shop))
    assert set(found) == {PastResult(OTHER, "starter:a", 0.9), PastResult(OTHER, "starter:b", 0.6)}


def test_jobs_on_one_data_set_are_one_task(shop, finished):
    finished(OTHER, trial(1, "starter:a", 0.7))
    finished(OTHER, trial(1, "starter:a", 0.8))
    (found,) = shop.ledger.past_results.before(current(shop))
    assert found.value == pytest.approx(0.75)


def test_the_same_data_other_projects_and_unfinished_work_tell_nothing(shop, finished):
    """Rows of the same data set may be this job's test rows; other projects' results are not ours to see."""
    finished("d1" * 32, trial(1, "starter:a", 0.7))
    finished(OTHER, trial(1, "starter:a", 0.7), project="other")
    finished("f3" * 32, trial(1, "starter:a", 0.7), state=JobState.FAILED)
    assert shop.ledger.past_results.before(current(shop)) == ()


@pytest.mark.parametrize(
    "left_out",
    [
        trial(1, "starter:a", 0.7, origin="probe"),
        trial(1, "starter:a", 0.7, origin="baseline"),
        trial(1, "starter:a", 0.7, state=TrialState.FAILED),
        trial(1, "starter:a", None),
    ],
    ids=["linear probe", "baseline", "failed", "no accuracy"],
)
def test_only_fine_tuning_counts(shop, finished, left_out):
    finished(OTHER, left_out)
    assert shop.ledger.past_results.before(current(shop)) == ()


def test_what_ends_after_the_job_was_created_is_not_seen(shop, finished):
    """A job that resumes after a crash ranks on the same experience as before it."""
    shop.job("now")
    lease = shop.lease()
    before = LedgerJournal(shop.ledger, shop.blobs, lease).experience()
    finished(OTHER, trial(1, "starter:a", 0.7))
    assert LedgerJournal(shop.ledger, shop.blobs, lease).experience() == before == ()
