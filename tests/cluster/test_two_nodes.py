"""Trials on a Ray that is already running, over two simulated nodes."""

import subprocess
import sys

SCRIPT = """
import os, pathlib, sys, tempfile
os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
os.environ["RAY_AUTH_MODE"] = "token"
os.environ["RAY_AUTH_TOKEN"] = "of-this-cluster-and-no-other-one"
import ray
from ray.cluster_utils import Cluster
from automl_tl.distributed.session import RaySession
from automl_tl.distributed.tune_runner import TuneRunner
from automl_tl.search.budget import Deadline
from automl_tl.search.runner import Resources
from automl_tl.testing.runner import RecordingEvents, ScriptedSource, rehearse, toy_trial, toy_workload

def nodes(trials):
    return {path.read_text() for path in trials.glob("*/node")} - {""}

def trial_function(workload, *, trial, **options):
    import time
    directory = workload.checkpoint_root / trial
    directory.mkdir(parents=True)
    (directory / "node").write_text(ray.get_runtime_context().get_node_id())
    # Six short trials may be over on one node before the other's process has started: wait for it, not for ever.
    patience = time.monotonic() + 60
    while len(nodes(workload.checkpoint_root)) < 2 and time.monotonic() < patience:
        time.sleep(0.05)
    return rehearse(workload, trial=trial, **options)

root = pathlib.Path(sys.argv[1])
options = {"num_cpus": 1, "object_store_memory": 80_000_000, "include_dashboard": False}
cluster = Cluster(initialize_head=True, head_node_args=options)
cluster.add_node(num_cpus=1, object_store_memory=80_000_000)
cluster.wait_for_nodes()
events = RecordingEvents()
with RaySession(address=cluster.address) as session:
    assert not session.local
    runner = TuneRunner(session, Resources(concurrent=2), storage=root / "ray", trial_function=trial_function)
    runner.run(
        toy_workload(root / "trials"),
        ScriptedSource([toy_trial(number) for number in range(1, 7)]),
        events,
        deadline=Deadline.after(None),
        cancelled=lambda: False,
    )
cluster.shutdown()
print(len(events.ends), {trial.state.value for trial in events.ends.values()}, end=" ")
print(len(nodes(root / "trials")))
"""


def test_trials_run_on_every_node_of_a_cluster_that_we_join_by_address(tmp_path):
    """Six trials, two nodes with one processor each: both are used, all succeed."""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(tmp_path)], capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "6 {'SUCCEEDED'} 2", done.stdout + done.stderr
