"""The picture of a job is what its events add up to."""

from datetime import UTC, datetime

import pytest

from automl_tl.cli.progress import JobProgress
from automl_tl.pipeline.events import (
    ArtifactPublished,
    Heartbeat,
    JobChanged,
    JobEvent,
    RankingReady,
    StageProgress,
    TrialChanged,
    Warned,
)

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def picture(*payloads, **options):
    progress = JobProgress(**options)
    for sequence, payload in enumerate(payloads, 1):
        progress.apply(JobEvent(sequence, NOW, payload))
    return progress


def trial(number, value=float("nan"), state="RUNNING"):
    return TrialChanged(f"t{number:04d}", number, "starter:a", "full", state, value)


def test_a_new_job_is_queued_and_has_done_nothing():
    progress = picture()
    assert (progress.state, progress.stages_done(), progress.finished) == ("QUEUED", (), False)


def test_a_new_stage_starts_from_nothing():
    progress = picture(JobChanged("j", "RUNNING", "PROBE"), StageProgress("PROBE", 0.9, "9 of 10"))
    assert (progress.fraction, progress.message) == (0.9, "9 of 10")
    progress.apply(JobEvent(3, NOW, JobChanged("j", "RUNNING", "RANK")))
    assert (progress.stage, progress.fraction, progress.message) == ("RANK", 0.0, "")
    assert progress.stages_done() == ("INGEST", "PROBE")


def test_progress_of_a_stage_enters_it():
    assert picture(StageProgress("SEARCH", 0.1, "x")).stages_done() == ("INGEST", "PROBE", "RANK")


@pytest.mark.parametrize(("state", "done"), [("SUCCEEDED", 8), ("FAILED", 7), ("CANCELLED", 7)])
def test_only_a_job_that_succeeded_has_done_its_last_stage(state, done):
    progress = picture(JobChanged("j", "RUNNING", "REPORT"), JobChanged("j", state, "REPORT", "COMPLETED"))
    assert progress.finished
    assert len(progress.stages_done()) == done


def test_trials_are_ordered_by_value_with_unknown_ones_last():
    trials = [trial(1), trial(2, 0.5), trial(3, 0.9), trial(4)]
    assert [each.number for each in picture(*trials).leaderboard()] == [3, 2, 1, 4]
    assert [each.number for each in picture(*trials, higher_is_better=False).leaderboard()] == [2, 3, 1, 4]


def test_the_last_news_of_a_trial_counts_and_its_values_make_a_curve():
    progress = picture(trial(1), trial(1, 0.5), trial(1, 0.7, "PRUNED"), trial(2))
    assert progress.trials["t0001"].state == "PRUNED"
    assert progress.curves == {"t0001": [0.5, 0.7]}
    assert progress.trials_finished() == 1


def test_the_rest_is_kept():
    progress = picture(
        RankingReady(6, "starter:a"),
        Warned("few rows"),
        ArtifactPublished("report.html", "report_html"),
        Heartbeat(),
    )
    assert progress.ranking.best == "starter:a"
    assert progress.warnings == ["few rows"]
    assert list(progress.artifacts) == ["report.html"]


def test_a_state_of_a_newer_service_is_not_final():
    assert not picture(JobChanged("j", "PAUSED")).finished
