"""Linear probes before the search."""

from automl_tl.errors import ModelUnavailable
from automl_tl.search.budget import Deadline
from automl_tl.search.rung0 import probe_trials
from automl_tl.search.trial import TrialState
from automl_tl.testing.runner import rehearse, toy_workload

MODELS = ("local:a", "local:b", "local:c")


def probe(tmp_path, *, deadline=None, cancelled=lambda: False, trial_function=rehearse):
    rows = []
    trials = probe_trials(
        toy_workload(tmp_path, models=MODELS),
        MODELS,
        seed=4,
        trial_function=trial_function,
        load_model=None,
        record=rows.append,
        deadline=deadline or Deadline.after(None),
        cancelled=cancelled,
        first_number=5,
    )
    return trials, rows


def test_each_candidate_is_probed_and_recorded_before_it_runs(tmp_path):
    """PENDING, RUNNING, SUCCEEDED; free of the budget by its origin; with a checkpoint."""
    trials, rows = probe(tmp_path)
    assert [(trial.id, trial.model) for trial in trials] == [
        ("t0005", "local:a"),
        ("t0006", "local:b"),
        ("t0007", "local:c"),
    ]
    assert [row.state.value for row in rows[:3]] == ["PENDING", "RUNNING", "SUCCEEDED"]
    assert {(trial.strategy, trial.origin) for trial in trials} == {("linear_probe", "probe")}
    assert all(trial.checkpoint for trial in trials)


def test_a_model_that_cannot_be_loaded_fails_alone(tmp_path):
    """The next candidates are probed all the same."""

    def trial_function(workload, *, model, **options):
        if model == "local:a":
            raise ModelUnavailable("the file is gone")
        return rehearse(workload, model=model, **options)

    trials, _ = probe(tmp_path, trial_function=trial_function)
    assert [trial.state for trial in trials] == [TrialState.FAILED, TrialState.SUCCEEDED, TrialState.SUCCEEDED]
    assert trials[0].error == "the file is gone"


def test_after_the_deadline_only_a_first_usable_model_is_sought(tmp_path):
    """One probe is always made."""
    trials, _ = probe(tmp_path, deadline=Deadline(0.0, lambda: 1.0))
    assert [trial.model for trial in trials] == ["local:a"]


def test_cancelled_means_none(tmp_path):
    """Nothing is recorded either."""
    assert probe(tmp_path, cancelled=lambda: True) == ([], [])
