"""A job's result survives the trip through its column."""

from automl_tl.finetune.evaluation import Evaluation, Interval
from automl_tl.search.trial import Trial, TrialState
from automl_tl.store.job_rows import result_from_json, result_to_json
from automl_tl.store.pages import PageRequest
from automl_tl.store.records import JobResult


def test_a_result_comes_back_as_it_was():
    half = Interval(0.5, 0.4, 0.6)
    result = JobResult(
        model="starter:a",
        strategy="full",
        trial="t0003",
        metric="accuracy",
        direction="maximize",
        final=Evaluation("final", "the delivered model", {"accuracy": half}),
        baselines=(Evaluation("majority class", "always the same", {"accuracy": half}, Interval(0.1, 0.0, 0.2)),),
    )
    assert result_from_json(result_to_json(result)) == result


def test_a_ranking_alone_is_a_result():
    assert result_from_json(result_to_json(JobResult("starter:a"))) == JobResult("starter:a")


def test_trials_are_counted_by_state_for_every_job_of_a_page(shop):
    for name in ("job-1", "job-2"):
        shop.job(name)
    for lease in (shop.lease(), shop.lease()):
        for number, state in enumerate((TrialState.SUCCEEDED, TrialState.SUCCEEDED, TrialState.FAILED), start=1):
            shop.ledger.trials.record(
                lease, Trial(f"t{number:04d}", number, "a:b", "full", {}, 0, "sampler", state)
            )
    for job in shop.ledger.jobs.list("default", PageRequest()).items:
        assert job.trial_counts == {TrialState.SUCCEEDED: 2, TrialState.FAILED: 1}
