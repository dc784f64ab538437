"""Is a node that is lost in the middle of a search no loss? Three ``ray start`` nodes, one job by the Jobs API."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from automl_tl.cli.demo_data import write_digits
from automl_tl.cli.service_process import running_service
from automl_tl.client import Client
from automl_tl.distributed.jobs_api import JobsApi
from automl_tl.distributed.node_directory import NODE_DIRECTORY_VARIABLE
from automl_tl.pipeline.events import JobEvent, TrialChanged
from automl_tl.pipeline.spec import BudgetSpec, JobSpec, ModelFilter
from automl_tl.store.layout import DataDirectory
from automl_tl.store.places import SHARED_DISK, WORK_STORE_VARIABLE
from automl_tl.testing.ray_nodes import RayNode, RayNodes

__all__ = ["Loss", "lines", "long_lines", "lose_a_node"]

_SPACE = """
modality: image
strategies:
  full_finetune:
    learning_rate: {kind: log_float, low: 1e-4, high: 1e-2, default: 1e-3}
    updates: {kind: categorical, choices: [90], default: 90}
portfolio: [{strategy: full_finetune}]
"""
_TRIALS = 6
_FREE = ("probe", "baseline")
_PATIENCE = 900.0
_DRIVER = "automl_tl.worker"
_TRAINS = "ray::"


@dataclass(frozen=True)
class Loss:
    """What became of a job one of whose nodes was killed.

    Attributes
    ----------
    state
        Of the job, at its end.
    trials, succeeded
        How many trials of search there were, and how many ended well or were paused for good.
    running
        How many had a process at that moment, on any node.
    repeated
        How many that had ended before the kill had a process again after it.
    submissions
        How many Ray jobs it took; more than one where the driver's node was the one.
    seconds
        From the job's creation to its end.
    """

    victim: str
    state: str
    trials: int
    succeeded: int
    failed: int
    running: int
    repeated: int
    submissions: int
    seconds: float


def lines() -> Iterator[str]:
    """Yield what became of one job."""
    yield from _page([lose_a_node(driver=False)])


def long_lines() -> Iterator[str]:
    """Yield what became of a job that lost a node with trials, and of one that lost its driver's."""
    yield from _page([lose_a_node(driver=False), lose_a_node(driver=True)])


def lose_a_node(*, driver: bool, common_disk: bool = True, seed: int = 0) -> Loss:
    """Run one job over three nodes, kill one of them while trials run, and wait for the job's end.

    Parameters
    ----------
    driver
        Kill the node where the search is driven instead of one where trials only train.
    common_disk
        Off, nodes leave their work in a store for each other, and what was driven where is lost with the node.
    """
    with (
        tempfile.TemporaryDirectory(prefix="automl-tl-lost-") as name,
        RayNodes(
            head_cpus=0 if driver else 1,
            environment={
                WORK_STORE_VARIABLE: SHARED_DISK if common_disk else (Path(name) / "store").as_uri(),
                NODE_DIRECTORY_VARIABLE: str(Path(name) / "node"),
            },
        ) as nodes,
    ):
        folder = Path(name)
        directory = DataDirectory(folder / "service")
        workers = [nodes.add(cpus=1 + driver) for _ in range(2)]
        data = write_digits(folder / "digits")
        with running_service(directory.root, workers=0) as address, Client(address) as client:
            began = time.monotonic()
            job = client.create_job(_spec(client.upload(data).name, seed))
            hand_over = _worker(directory.root, job.name, nodes)
            try:
                victim = _wait_for_victim(client, job.name, nodes, workers, driver=driver)
                killed_after = client.get(job).last_sequence
                victim.kill()
                if driver and not common_disk:
                    for place in (directory.work, directory.embeddings):
                        shutil.rmtree(place)
                hand_over.wait(_PATIENCE)
            finally:
                hand_over.kill()
                hand_over.wait()
            seconds = time.monotonic() - began
            events, state = list(client.watch(job)), client.get(job).state
        submissions = len(JobsApi(nodes.jobs_url, token=nodes.token).list())
    return _loss("driver" if driver else "trials", events, killed_after, str(state), submissions, seconds)


def _spec(dataset: str, seed: int) -> JobSpec:
    return JobSpec(
        dataset=dataset,
        models=ModelFilter(names=("starter:glyphs-resnet", "starter:glyphs-convnext")),
        top_k=2,
        search_space_yaml=_SPACE,
        budget=BudgetSpec(trials=_TRIALS),
        explanations=0,
        seed=seed,
    )


def _worker(directory: Path, job: str, nodes: RayNodes) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "automl_tl.worker", "--data-dir", str(directory), "--once", "--job", job]
    return subprocess.Popen(  # noqa: S603  (our own command line, no shell)
        [*command, "--ray", f"jobs+{nodes.jobs_url}"], env=nodes.environment, stdin=subprocess.DEVNULL
    )


def _wait_for_victim(
    client: Client, job: str, nodes: RayNodes, workers: Sequence[RayNode], *, driver: bool
) -> RayNode:
    """Return a node to kill once a trial has ended and another runs."""
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        states = Counter(trial.state for trial in client.trials(job) if trial.origin not in _FREE)
        if states["RUNNING"] and sum(states.values()) > states["RUNNING"] + states["PENDING"]:
            for node in workers:
                drives = any(_DRIVER in line for line in node.command_lines())
                trains = any(line.startswith(_TRAINS) and "ImplicitFunc" in line for line in node.command_lines())
                if drives if driver else trains and not drives:
                    return node
        if client.get(job).state.final:
            break
        time.sleep(0.2)
    raise RuntimeError(f"no node to kill: {job} is {client.get(job).state}")


def _loss(
    victim: str, events: Sequence[JobEvent], killed_after: int, state: str, submissions: int, seconds: float
) -> Loss:
    before: dict[str, str] = {}
    last: dict[str, str] = {}
    again: set[str] = set()
    for event in events:
        trial = event.payload
        if not isinstance(trial, TrialChanged) or trial.origin in _FREE:
            continue
        last[trial.id] = trial.state
        if event.sequence <= killed_after:
            before[trial.id] = trial.state
        elif trial.state == "RUNNING" and before.get(trial.id) in ("SUCCEEDED", "FAILED"):
            again.add(trial.id)
    ends = Counter(last.values())
    running = sum(each == "RUNNING" for each in before.values())
    return Loss(
        victim,
        state,
        len(last),
        ends["SUCCEEDED"] + ends["PRUNED"],
        ends["FAILED"],
        running,
        len(again),
        submissions,
        seconds,
    )


def _page(losses: Sequence[Loss]) -> Iterator[str]:
    yield f"A head and two more `ray start` nodes as processes of one machine, with a token; a job of {_TRIALS}"
    yield "trials through the Jobs API. One node is killed (SIGKILL of all its processes) once a trial has ended"
    yield "and another runs: one where trials train, or the one where the search is driven. Repeated: trials that"
    yield "had ended before and had a process again after."
    yield ""
    yield "| node killed | job | trials | ended well | failed | ran then | repeated | submissions | s |"
    yield "|---|---|---|---|---|---|---|---|---|"
    for loss in losses:
        yield (
            f"| {loss.victim} | {loss.state} | {loss.trials} | {loss.succeeded} | {loss.failed} "
            f"| {loss.running} | {loss.repeated} | {loss.submissions} | {loss.seconds:.0f} |"
        )
