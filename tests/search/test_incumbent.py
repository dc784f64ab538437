"""The best trial so far."""

import pytest

from automl_tl.errors import TrialFailed
from automl_tl.finetune.metrics import metrics
from automl_tl.search.incumbent import best_of, incumbent
from automl_tl.search.trial import TrialState

ACCURACY = metrics.get("accuracy")


def test_the_best_with_a_checkpoint_wins_and_ties_go_to_the_earlier(ended_trial):
    """Failed trials, lost checkpoints and baselines are passed over; a running trial counts."""
    trials = [
        ended_trial(1, [0.99], state=TrialState.FAILED),
        ended_trial(2, [0.98], checkpoint=""),
        ended_trial(3, [0.97], origin="baseline"),
        ended_trial(4, [0.8], state=TrialState.RUNNING),
        ended_trial(5, [0.8]),
        ended_trial(6, [0.7], origin="probe"),
    ]
    assert incumbent(trials, ACCURACY).number == 4
    assert best_of(trials[:3], ACCURACY) is None


def test_without_any_the_first_reason_is_told(ended_trial):
    """Or that nothing was run."""
    with pytest.raises(TrialFailed, match=r"t0002 \(local:a\): it broke"):
        incumbent([ended_trial(2, [], state=TrialState.FAILED, error="it broke")], ACCURACY)
    with pytest.raises(TrialFailed, match="none was run"):
        incumbent([], ACCURACY)
