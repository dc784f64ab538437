"""Is a worker that is killed in the middle of a search no loss? SIGKILL at random moments, then another worker.

``lines`` kills two; ``long_lines`` the twenty that are missing in the table, one by one, and may be stopped at
any time.
"""

from __future__ import annotations

import csv
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path

from automl_tl.cli.demo_data import write_digits
from automl_tl.cli.service_process import running_service
from automl_tl.client import Client
from automl_tl.pipeline.events import JobEvent, TrialChanged
from automl_tl.pipeline.spec import BudgetSpec, JobSpec, ModelFilter

__all__ = ["Kill", "lines", "long_lines"]

_TABLE = Path(__file__).parent / "tables" / "killed_drivers.csv"
_KILLS, _SHORT = 20, 2
_MODELS = ("starter:glyphs-resnet", "starter:glyphs-convnext")
_SPACE = """
modality: image
strategies:
  full_finetune:
    learning_rate: {kind: log_float, low: 1e-4, high: 1e-2, default: 1e-3}
    updates: {kind: categorical, choices: [180], default: 180}
portfolio: [{strategy: full_finetune}]
"""
_SEARCH_SECONDS = 20.0
"""The moment is drawn from this long after the first trial began."""
_PATIENCE = 900.0
_FREE = ("probe", "baseline")


@dataclass(frozen=True)
class Kill:
    """One job whose worker was killed.

    ``running`` counts trials that ran at that moment, ``repeated`` the largest share of a run that one of them did
    again, ``interval`` the longest stretch between two checkpoints of a run.
    """

    seed: int
    after_seconds: float
    running: int
    repeated: float
    interval: float
    state: str


def lines() -> Iterator[str]:
    """Yield the outcome of two kills, then that of the table."""
    yield from _page([_measure(seed) for seed in range(100, 100 + _SHORT)], "Two kills now")
    known = _read()
    if known:
        yield ""
        yield from _page(known, f"{len(known)} kills measured by `make bench-full`")


def long_lines() -> Iterator[str]:
    """Kill what is missing in the table, then yield its outcome."""
    done = {kill.seed for kill in _read()}
    for seed in range(_KILLS):
        if seed not in done:
            _append(_measure(seed))
    known = _read()
    yield from _page(known, f"{len(known)} kills")


def _page(kills: Sequence[Kill], title: str) -> Iterator[str]:
    resumed = sum(kill.state == "SUCCEEDED" for kill in kills)
    within = sum(kill.repeated <= kill.interval + 1e-9 for kill in kills)
    hit = [kill for kill in kills if kill.running]
    longest = max(kill.interval for kill in kills)
    most = max(kill.repeated for kill in kills)
    yield f"{title}: SIGKILL of the worker at a random moment of its search, then a new worker. {resumed} of"
    yield f"{len(kills)} jobs SUCCEEDED; {len(hit)} had trials running. In {within} of {len(kills)} no trial lost"
    yield f"more recorded work than a checkpoint interval (at most {longest:.2f} of a run); the most: {most:.2f}."


def _measure(seed: int) -> Kill:
    rng = random.Random(seed)
    with tempfile.TemporaryDirectory(prefix="automl-tl-kill-") as name:
        folder = Path(name)
        data = write_digits(folder / "digits")
        with running_service(folder / "service", workers=0) as address, Client(address) as client:
            job = client.create_job(_spec(client.upload(data).name, seed))
            log = folder / "worker.log"
            first = _worker(folder / "service", job.name, log)
            _wait_for_training(client, job.name, first, log)
            moment = rng.uniform(0.0, _SEARCH_SECONDS)
            time.sleep(moment)
            killed_after = client.get(job).last_sequence
            first.send_signal(signal.SIGKILL)
            first.wait()
            second = _worker(folder / "service", job.name, log)
            try:
                second.wait(_PATIENCE)
            finally:
                second.kill()
                second.wait()
            events = list(client.watch(job))
            state = client.get(job).state
    running, repeated, interval = _losses(events, killed_after)
    return Kill(seed, moment, running, repeated, interval, str(state))


def _spec(dataset: str, seed: int) -> JobSpec:
    return JobSpec(
        dataset=dataset,
        models=ModelFilter(names=_MODELS),
        top_k=2,
        search_space_yaml=_SPACE,
        budget=BudgetSpec(trials=5),
        explanations=0,
        seed=seed,
    )


def _worker(directory: Path, job: str, log: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "automl_tl.worker", "--data-dir", str(directory), "--once", "--job", job]
    with log.open("ab") as sink:
        return subprocess.Popen(  # noqa: S603  (our own command line, no shell)
            command, stdin=subprocess.DEVNULL, stdout=sink, stderr=subprocess.STDOUT
        )


def _wait_for_training(client: Client, job: str, worker: subprocess.Popen[bytes], log: Path) -> None:
    """Return once a trial of search runs; raises RuntimeError if the worker ends before or takes too long."""
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until and worker.poll() is None:
        trials = [trial for trial in client.trials(job) if trial.origin not in _FREE]
        if any(trial.state == "RUNNING" for trial in trials):
            return
        time.sleep(0.3)
    worker.kill()
    raise RuntimeError(f"no trial began; the worker says: {log.read_text(encoding='utf-8')[-2000:]}")


def _losses(events: Sequence[JobEvent], killed_after: int) -> tuple[int, float, float]:
    """Return how many trials ran at the kill, the most that one of them repeated, and the longest interval.

    What a trial repeats is what it had done for certain before the kill minus where it went on: the smallest
    fraction that any later event of it tells.
    """
    reached: dict[str, float] = {}
    states: dict[str, str] = {}
    restarted: dict[str, float] = {}
    fractions: dict[str, list[float]] = {}
    for event in events:
        trial = event.payload
        if not isinstance(trial, TrialChanged) or trial.origin in _FREE:
            continue
        fractions.setdefault(trial.id, [0.0]).append(trial.fraction)
        if event.sequence <= killed_after:
            reached[trial.id], states[trial.id] = trial.fraction, trial.state
        else:
            restarted[trial.id] = min(trial.fraction, restarted.get(trial.id, 1.0))
    running = [name for name, state in states.items() if state == "RUNNING"]
    repeated = max((reached[name] - restarted.get(name, 1.0) for name in running), default=0.0)
    steps = [b - a for each in fractions.values() for a, b in zip(sorted(each), sorted(each)[1:], strict=False)]
    return len(running), max(0.0, repeated), max(steps, default=0.0)


def _read() -> list[Kill]:
    if not _TABLE.exists():
        return []
    with _TABLE.open(encoding="utf-8", newline="") as file:
        return [
            Kill(
                int(row["seed"]),
                float(row["after_seconds"]),
                int(row["running"]),
                float(row["repeated"]),
                float(row["interval"]),
                row["state"],
            )
            for row in csv.DictReader(file)
        ]


def _append(kill: Kill) -> None:
    fresh = not _TABLE.exists()
    with _TABLE.open("a", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        if fresh:
            writer.writerow([field.name for field in fields(Kill)])
        writer.writerow(astuple(kill))


if __name__ == "__main__":
    print("\n".join(long_lines() if "--long" in sys.argv else lines()))
