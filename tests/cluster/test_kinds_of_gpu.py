"""Jobs that ask for a type of GPU, on a simulated cluster that has two."""

import subprocess
import sys

SCRIPT = """
import os, pathlib, sys
os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
os.environ["RAY_AUTH_MODE"] = "token"
os.environ["RAY_AUTH_TOKEN"] = "of-this-cluster-and-no-other-one"
import ray
from ray.cluster_utils import Cluster
from automl_tl.data.load import load_dataset
from automl_tl.data.sources.file import open_path
from automl_tl.distributed.probe_runner import RayProbeRunner
from automl_tl.distributed.tune_runner import TuneRunner
from automl_tl.errors import ModelUnavailable
from automl_tl.pipeline.probing.request import ProbeRequest
from automl_tl.pipeline.spec import ComputeSpec, JobSpec
from automl_tl.probe.cache import EmbeddingCache
from automl_tl.search.budget import Deadline
from automl_tl.testing.runner import RecordingEvents, ScriptedSource, rehearse, toy_trial, toy_workload
from automl_tl.worker.trial_runners import RayRunners
from automl_tl.zoo.card import ImageInput, ModelCard
import numpy as np
from types import SimpleNamespace

SMALL = {"num_cpus": 2, "object_store_memory": 80_000_000}
root = pathlib.Path(sys.argv[1])
cluster = Cluster(initialize_head=True, head_node_args=SMALL | {"include_dashboard": False})
large = cluster.add_node(**SMALL, num_gpus=2, resources={"accelerator_type:H200": 1})
little = cluster.add_node(**SMALL, num_gpus=1, resources={"accelerator_type:T4": 1})
cluster.wait_for_nodes()
names = {large.node_id: "H200", little.node_id: "T4"}

def where(workload, *, trial, **options):
    directory = workload.checkpoint_root / trial
    directory.mkdir(parents=True)
    ids = ray.get_gpu_ids()
    (directory / "node").write_text(names.get(ray.get_runtime_context().get_node_id(), "head") + str(len(ids)))
    return rehearse(workload, trial=trial, **options)

def tell(card):
    raise ModelUnavailable(names.get(ray.get_runtime_context().get_node_id(), "head"))

def lease(**compute):
    return SimpleNamespace(spec=JobSpec(dataset="d", compute=ComputeSpec(**compute)))

runners = RayRunners(address=cluster.address, cpus=2)
for number, asked in enumerate([{"accelerator": "T4"}, {"accelerator": "H200", "gpus_per_trial": 2}, {}]):
    runners.prepare(lease(**asked))
    runner = runners.runner(root / "ray")
    runner._trial_function = where
    packed = runner.packed(5e9)
    print(runner.resources.gpus, packed.resources.gpus, packed.resources.accelerator or "any", end=" ")
    if asked:
        runner.run(
            toy_workload(root / f"trials{number}"), ScriptedSource([toy_trial(1)]), RecordingEvents(),
            deadline=Deadline.after(None), cancelled=lambda: False,
        )
        print(*(path.read_text() for path in root.glob(f"trials{number}/*/node")))
print()
folder = root / "data"
for name in ("a", "b"):
    (folder / name).mkdir(parents=True)
    from PIL import Image
    Image.new("RGB", (8, 8)).save(folder / name / "x.png")
dataset = load_dataset(open_path(folder, root / "incoming"))
card = ModelCard("local", "m", "image", "resnet18", "resnet", ImageInput((32, 32)), 10_000)
runners.prepare(lease(accelerator="T4"))
probing = RayProbeRunner(runners.session, runners._for_probing, load_model=tell)
request = ProbeRequest(card, rows=np.arange(2))
for outcome in probing.run(
    [request], dataset, EmbeddingCache(root / "cache"), deadline=Deadline.after(None), cancelled=lambda: False
):
    print("probed on", outcome.error)
runners.close()
cluster.shutdown()
"""


def test_trials_and_probing_go_where_their_type_of_gpu_is_and_are_packed_by_its_memory(tmp_path):
    """A T4 holds two trials of 5 GB; who asks for no type may land on either, and one of 16 GB is the smaller."""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(tmp_path)], capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0].split() == ["0.5", "0.5", "T4", "T41"]
    assert lines[1].split() == ["2.0", "2.0", "H200", "H2002"]
    assert lines[2].split() == ["0.75", "1.0", "any"]
    assert "probed on" in lines[3]
    assert "T4" in lines[3]
