"""What a trial costs besides its training: 20 trials that do nothing, two at a time, in a real search with Ray."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from automl_tl.distributed.session import RaySession
from automl_tl.distributed.tune_runner import TuneRunner
from automl_tl.finetune.workload import CurvePoint, TrialOutcome, Workload
from automl_tl.search.budget import Budget, Deadline
from automl_tl.search.run import search
from automl_tl.search.runner import Resources
from automl_tl.search.space_files import load_space
from automl_tl.search.trial import Trial
from automl_tl.testing.runner import toy_workload

__all__ = ["lines"]

_TRIALS, _WORKERS = 20, 2
_ASKED = 0.4


def lines() -> Iterator[str]:
    """Yield the figures."""
    yield f"{_TRIALS} trials without any training, {_WORKERS} at a time, with sampler and promotion, Ray running"
    yield f"already. Asked: at most {_ASKED} s of wall time for each."
    yield ""
    yield "| what | s per trial |"
    yield "|---|---|"
    with tempfile.TemporaryDirectory(prefix="automl-tl-overhead-") as folder, RaySession(cpus=_WORKERS) as session:
        whole, ends = _measure(session, Path(folder))
    yield f"| all of it, the start of two worker processes included | {whole / _TRIALS:.2f} |"
    late = sorted(ends)[_WORKERS:]
    yield f"| from the first end on | {(late[-1] - sorted(ends)[_WORKERS - 1]) / len(late):.2f} |"


def _measure(session: RaySession, folder: Path) -> tuple[float, list[float]]:
    """Return the seconds of the whole search and when each trial had ended."""
    ends: list[float] = []

    def record(trial: Trial) -> None:
        if trial.origin != "probe" and trial.state == "SUCCEEDED":
            ends.append(time.monotonic())

    began = time.monotonic()
    search(
        toy_workload(folder / "trials", models=("local:a", "local:b")),
        ("local:a", "local:b"),
        load_space("image"),
        budget=Budget(trials=_TRIALS),
        deadline=Deadline.after(None),
        seed=0,
        runner=TuneRunner(session, Resources(concurrent=_WORKERS), storage=folder / "ray", trial_function=nothing),
        record=record,
        trial_function=nothing,
        load_model=lambda card: None,
    )
    return time.monotonic() - began, ends


def nothing(
    workload: Workload, *, trial: str, report: Callable[[CurvePoint], bool], **rest: object
) -> TrialOutcome:
    """Report one point and end."""
    checkpoint = workload.checkpoint_root / trial
    checkpoint.mkdir(parents=True, exist_ok=True)
    point = CurvePoint(1, 1.0, 0.0, 1.0, {"accuracy": 0.5})
    report(point)
    return TrialOutcome(point, (point,), checkpoint, 0.0)


if __name__ == "__main__":
    print("\n".join(lines()))
