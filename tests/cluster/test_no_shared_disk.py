"""Trials on nodes of which none sees the disk of another, or the driver's."""

from __future__ import annotations

import json
import subprocess
import sys

GUARD = """
import os, sys

forbidden, log = os.environ["GUARD_FORBIDDEN"].split(":"), os.environ["GUARD_LOG"]

def guard(event, arguments):
    if event.partition(".")[0] not in ("open", "os", "shutil", "glob", "pathlib"):
        return
    for each in arguments:
        path = os.fsdecode(each) if isinstance(each, (str, bytes)) else ""
        if any(path == place or path.startswith(place + "/") for place in forbidden):
            os.write(seen, f"{event} {path}\\n".encode())
            raise PermissionError(f"{path} is on the disk of another machine")

seen = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
sys.addaudithook(guard)
"""
"""Becomes ``sitecustomize``: every Python process of a node fails that opens another machine's path."""

SCRIPT = """
import dataclasses, json, math, os, pathlib, sys, time
os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
os.environ["RAY_AUTH_MODE"] = "token"
os.environ["RAY_AUTH_TOKEN"] = "of-this-cluster-and-no-other-one"
root = pathlib.Path(sys.argv[1])
import numpy as np
from ray.cluster_utils import Cluster
from automl_tl.data.load import load_dataset
from automl_tl.data.on_demand import ExamplesOnDemand
from automl_tl.data.shards.spool import spool
from automl_tl.distributed.probe_runner import RayProbeRunner
from automl_tl.distributed.session import RaySession
from automl_tl.distributed.tune_runner import TuneRunner
from automl_tl.finetune.classifier import Classifier, random_head
from automl_tl.finetune.fitted import FittedModel
from automl_tl.finetune.trial import run_trial
from automl_tl.finetune.workload import LabelledInputs, Workload
from automl_tl.names import digest_file
from automl_tl.pipeline.probing.request import ProbeRequest
from automl_tl.search.budget import Deadline
from automl_tl.search.inline_runner import InlineRunner
from automl_tl.search.lifecycle import onward, paused
from automl_tl.search.resume import checkpoint_of
from automl_tl.search.runner import Resources
from automl_tl.search.trial import Trial
from automl_tl.store.shared_files import SharedFiles
from automl_tl.store.work_store import WorkStore
from automl_tl.testing.shards import coloured_images, write_parquet_shards
from automl_tl.testing.runner import RecordingEvents, ScriptedSource
from automl_tl.testing.strategy import tiny_image_backbone
from automl_tl.worker.shared_cache import SharedEmbeddingCache
from automl_tl.zoo.backbone import LoadedModel

def load_model(card):
    return LoadedModel(tiny_image_backbone(), weights_digest="0" * 64)

def streamed(directory):
    write_parquet_shards(directory / "shards", coloured_images(24, size=16, classes=2), shards=2)
    dataset = load_dataset(directory / "shards")
    samples = spool(dataset.stored, np.arange(8), directory / "samples.bin")
    return dataclasses.replace(dataset, stored=samples, on_demand=True)

def probe(runner, dataset, cache):
    request = ProbeRequest(load_model(None).backbone.card, np.arange(8))
    (found,) = runner.run(
        [request], dataset, cache, deadline=Deadline.after(None), cancelled=lambda: False
    )
    assert not found.error, found.error
    return found.embeddings

def workload(directory, dataset, elsewhere=None):
    model = load_model(None).backbone
    part = LabelledInputs(ExamplesOnDemand(dataset, np.arange(24)), np.arange(24) % 2)
    head = random_head(2, model.embedding_size, seed=0)
    features = {model.card.id: FittedModel.of(Classifier(model, head), ("a", "b")).embed(part.inputs)}
    return Workload(
        "image", "classification", ("a", "b"), "accuracy", part, part, {model.card.id: model.card}, features,
        features, {model.card.id: head}, directory, device="cpu", elsewhere=elsewhere,
    )

def trial(number):
    parameters = {"updates": 18, "batch_size": 12, "learning_rate": 3e-3, "augment": "flip"}
    model = load_model(None).backbone.card.id
    return Trial(f"t000{number}", number, model, "full_finetune", parameters, number, "sampler")

class Source(ScriptedSource):
    # The second trial is paused at its first rung and goes on from there.
    def keeps(self, trial, point):
        return trial.id != "t0002" or len(trial.curve) != 2  # its untrained start and its first point

    def finished(self, trial):
        super().finished(trial)
        if paused(trial):
            self.waiting.append(onward(trial))

def trial_function(workload, *, report, resume_from, trial, **options):
    points = []

    def told(point):
        points.append(point)
        goes_on = report(point)
        if trial == "t0001" and resume_from is None and len(points) == 2:
            time.sleep(600)  # until the node is gone
        return goes_on

    return run_trial(workload, report=told, resume_from=resume_from, trial=trial, **options)

def node(name, *others):
    (root / name).mkdir()
    environment = {
        "AUTOML_TL_NODE_DIRECTORY": str(root / name),
        "GUARD_FORBIDDEN": ":".join(str(root / other) for other in ("driver", *others)),
        "GUARD_LOG": str(root / "trespasses"),
        "PYTHONPATH": os.pathsep.join((str(root / "guard"), os.environ.get("PYTHONPATH", ""))),
    }
    return cluster.add_node(num_cpus=1, object_store_memory=80_000_000, env_vars=environment)

class Events(RecordingEvents):
    def reported(self, trial, point):
        super().reported(trial, point)
        if trial.id == "t0001" and len(self.points["t0001"]) == 2:
            # It waits on one of the nodes, of which it made the directory; its second report has just arrived.
            (here,) = (name for name in nodes if list((root / name).glob("processes/*/t0001")))
            told.append(sorted(path.name for path in (root / here).glob("processes/*/t0001*")))
            cluster.remove_node(nodes[here], allow_graceful=False)

def facts(workload, trial):
    curve = [dataclasses.replace(point, seconds=0.0, looks=0.0) for point in trial.curve]
    weights = digest_file(checkpoint_of(workload, trial) / "model.safetensors")
    return [trial.state.value, trial.error, repr(curve), trial.value, weights]

def run(runner, workload, events):
    runner.run(
        workload, Source([trial(1), trial(2)]), events, deadline=Deadline.after(None), cancelled=lambda: False
    )
    return {name: facts(workload, ended) for name, ended in events.ends.items()}

system = {"health_check_initial_delay_ms": 0, "health_check_period_ms": 300, "health_check_failure_threshold": 3}
options = {"num_cpus": 0, "object_store_memory": 80_000_000, "include_dashboard": False, "_system_config": system}
cluster = Cluster(initialize_head=True, head_node_args=options)
nodes = {"node-a": node("node-a", "node-b"), "node-b": node("node-b", "node-a")}
told, place = [], WorkStore(SharedFiles((root / "store").as_uri()))
store, dataset = place.trials("default", "job-1"), streamed(root / "driver")
distributed, events = workload(root / "driver" / "trials", dataset, store), Events()
with RaySession(address=cluster.address) as session:
    prober = RayProbeRunner(session, load_model=load_model, copies=place.datasets)
    first = probe(prober, dataset, SharedEmbeddingCache(root / "driver" / "embeddings", place.embeddings))
    again = probe(prober, dataset, SharedEmbeddingCache(root / "driver" / "other", place.embeddings))
    runner = TuneRunner(
        session, Resources(concurrent=1), storage=root / "driver" / "ray", trial_function=trial_function,
        load_model=load_model, copies=place.datasets,
    )
    ends = run(runner, distributed, events)
cluster.shutdown()
print(json.dumps({
    "ends": ends,
    "alone": run(InlineRunner(load_model=load_model), workload(root / "alone", dataset), RecordingEvents()),
    "probed": [len(first.rows), first.seconds > 0, again.seconds, np.array_equal(first.features, again.features)],
    "starts": sum(entry == ("started", "t0001") for entry in events.log),
    "reports": [point.update for point in events.points["t0001"]],
    "held": told,
    "left": sorted(path.name for name in nodes for path in (root / name).glob("processes/*/t*")),
    "driver": sorted(path.name.partition("@")[0] for path in (root / "driver" / "trials").iterdir()),
}))
store.erase()
"""


def test_a_trial_goes_on_elsewhere_from_what_it_published_when_its_node_is_lost(tmp_path):
    """Its weights and curve are those of a run that nothing disturbed; no node opened another machine's path.

    The data set is streamed: nodes read shards and samples of their own.
    """
    (tmp_path / "guard").mkdir()
    (tmp_path / "guard" / "sitecustomize.py").write_text(GUARD, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(tmp_path)], capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["ends"] == found["alone"]
    assert found["ends"]["t0001"][:2] == ["SUCCEEDED", ""]
    assert found["ends"]["t0002"][:2] == ["SUCCEEDED", ""]
    assert found["probed"] == [8, True, 0.0, True]
    assert found["starts"] == 2
    assert found["reports"] == [2, 6, 12, 18]
    assert found["held"] == [["t0001", "t0001.state.safetensors"]]
    assert found["left"] == found["held"][0]  # on the node that is gone; the other one has nothing
    assert found["driver"] == ["t0001", "t0001.published.json", "t0002", "t0002.published.json"]
    assert (tmp_path / "trespasses").read_text(encoding="utf-8") == ""
