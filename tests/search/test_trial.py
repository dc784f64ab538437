"""The ledger's view of a trial."""

import math
import pickle

from automl_tl.search.trial import TrialState
from automl_tl.testing.runner import toy_trial


def test_a_new_trial_waits_and_has_no_value():
    """PENDING, NaN, no curve."""
    trial = toy_trial(3)
    assert (trial.id, trial.state, trial.curve, trial.error) == ("t0003", TrialState.PENDING, (), "")
    assert math.isnan(trial.value)


def test_a_trial_travels_between_processes():
    """Pickling keeps what decides the run."""
    trial = toy_trial(3, loss=0.5, seed=7)
    again = pickle.loads(pickle.dumps(trial))
    assert (again.id, again.parameters, again.seed) == (trial.id, {"weight_decay": 0.5}, 7)
