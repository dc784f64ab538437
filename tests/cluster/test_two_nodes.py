"""Trials, and sums over streamed rows, on a Ray that is already running, over two simulated nodes."""

import subprocess
import sys

SCRIPT = """
import os, pathlib, sys, tempfile
os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
os.environ["RAY_AUTH_MODE"] = "token"
os.environ["RAY_AUTH_TOKEN"] = "of-this-cluster-and-no-other-one"
import numpy as np
import ray
from ray.cluster_utils import Cluster
from automl_tl.data.load import load_dataset
from automl_tl.distributed.session import RaySession
from automl_tl.distributed.stream_statistics import stream_statistics
from automl_tl.distributed.tune_runner import TuneRunner
from automl_tl.pipeline.probing.statistics import probe_statistics
from automl_tl.search.budget import Deadline
from automl_tl.search.runner import Resources
from automl_tl.testing.runner import RecordingEvents, ScriptedSource, rehearse, toy_trial, toy_workload
from automl_tl.testing.shards import coloured_images, write_parquet_shards
from automl_tl.testing.tiny_models import tiny_image_model
from automl_tl.zoo.backbone import LoadedModel

def nodes(trials):
    return {path.read_text() for path in trials.glob("*/node")} - {""}

def wait_for_both(folder, name):
    import time
    (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / name / "node").write_text(ray.get_runtime_context().get_node_id())
    # Short work may be over on one node before the other's process has started: wait for it, not for ever.
    patience = time.monotonic() + 60
    while len(nodes(folder)) < 2 and time.monotonic() < patience:
        time.sleep(0.05)

def trial_function(workload, *, trial, **options):
    wait_for_both(workload.checkpoint_root, trial)
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
    write_parquet_shards(root / "data", coloured_images(60), shards=6)
    dataset, card = load_dataset(root / "data"), tiny_image_model().card
    rows, labels = np.arange(60), np.arange(60) % 3

    def load(card):
        return LoadedModel(tiny_image_model(), "a" * 64)

    def load_on_both(card):
        wait_for_both(root / "probes", str(os.getpid()))
        return load(card)

    # More processes than were asked for, since the cluster has room for them.
    both = {"resources": Resources(concurrent=1), "part_rows": 10, "load_model": load_on_both}
    found = stream_statistics(session, card, dataset, rows, labels, **both)
cluster.shutdown()
here = probe_statistics(card, dataset, rows, labels, load_model=load)
same = found.statistics.n == here.n and np.allclose(found.statistics.scatter, here.scatter, rtol=1e-4, atol=1e-4)
print(same, len(nodes(root / "probes")), found.error)
print(len(events.ends), {trial.state.value for trial in events.ends.values()}, end=" ")
print(len(nodes(root / "trials")))
"""


def test_trials_and_sums_come_from_every_node_of_a_cluster_that_we_join_by_address(tmp_path):
    """Two nodes with one processor each. Six trials: both are used, all succeed. Sums over streamed rows: the
    parts of both make up what one process computes."""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(tmp_path)], capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    sums, trials = done.stdout.splitlines()[-2:]
    assert sums.split() == ["True", "2"], done.stdout + done.stderr
    assert trials == "6 {'SUCCEEDED'} 2", done.stdout + done.stderr
