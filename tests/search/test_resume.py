"""Where interrupted trials go on."""

from automl_tl.finetune.training_state import state_file
from automl_tl.search.resume import state_of
from automl_tl.testing.runner import toy_trial, toy_workload


def test_the_state_is_looked_for_beside_the_checkpoint(tmp_path):
    """Where training leaves it; None where there is none."""
    workload = toy_workload(tmp_path)
    assert state_of(workload, toy_trial(1)) is None
    path = state_file(tmp_path, "t0001")
    path.write_bytes(b"state")
    assert state_of(workload, toy_trial(1)) == path
    assert state_of(workload, toy_trial(2)) is None
