"""How busy one search keeps its slots: 200 slots on a virtual clock, and eight processes of a real Ray."""

from __future__ import annotations

import functools
import os
import random
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from automl_tl.distributed.session import RaySession
from automl_tl.distributed.tune_runner import TuneRunner
from automl_tl.finetune.workload import CurvePoint, TrialOutcome, Workload
from automl_tl.search.budget import Budget, Deadline
from automl_tl.search.run import search
from automl_tl.search.runner import Resources, TrialRunner
from automl_tl.search.space_files import load_space
from automl_tl.search.trial import Trial
from automl_tl.testing.runner import toy_workload
from automl_tl.testing.virtual_runner import VirtualClock, VirtualRunner
from benchmarks.trial_overhead import nothing

__all__ = ["lines"]

_SLOTS, _TRIALS, _SECONDS = 200, 2000, 10.0
_RAY_SLOTS, _RAY_TRIALS = 8, 48
_MODELS = ("local:a", "local:b", "local:c")
_PAGE = os.sysconf("SC_PAGE_SIZE")


def lines() -> Iterator[str]:
    """Yield the figures."""
    yield f"The search's driver (portfolio, sampler, promotion of paused trials, incumbent) with {_SLOTS} slots"
    yield f"and {_TRIALS} trials of {_SECONDS:g} s on a virtual clock, on which the processor time of its answers"
    yield "passes too. The ledger is not written. Busy: share of all slot seconds from the first question to the"
    yield "last end; in brackets until the last trial was begun: slots then wait because nothing is left. Asked:"
    yield ">= 90 %. Memory: of the driver's process when a quarter, half and all of the trials had ended."
    yield "The second row would be 90.3 % if answers took no time: a full run that is begun last ends 10 s later,"
    yield "and the slots of trials that were paused meanwhile wait for it, on average for 6 s."
    yield ""
    yield "| trials report | begun | driver, CPU ms per trial | busy | memory |"
    yield "|---|---|---|---|---|"
    yield _virtual("their end only", (1.0,))
    yield _virtual("at rungs, and are paused and promoted there", (1 / 9, 1 / 3, 2 / 3, 1.0))
    yield ""
    yield f"Real Ray with {_RAY_SLOTS} slots, {_RAY_TRIALS} trials that wait {_SECONDS:g} s, from the moment at"
    yield "which every slot has its process until the last trial is begun:"
    yield ""
    yield "| busy | begun at once, at most | memory of the driver's process at the first and the last end |"
    yield "|---|---|---|"
    yield _real()


def _virtual(what: str, rungs: Sequence[float]) -> str:
    clock, memory, ends = VirtualClock(), dict[int, float](), set[str]()
    runner = VirtualRunner(clock, _SLOTS, seconds=_SECONDS, value=_made_up, rungs=rungs, charge=True)

    def record(trial: Trial) -> None:
        if trial.seconds and trial.id not in ends:
            ends.add(trial.id)
            memory[len(ends)] = _megabytes()

    with tempfile.TemporaryDirectory(prefix="automl-tl-slots-") as folder:
        _search(Path(folder), runner, _TRIALS, Deadline.after(None, clock=clock), record)
    shown = ", ".join(f"{memory[round(share * _TRIALS)]:.0f}" for share in (0.25, 0.5, 1.0))
    return (
        f"| {what} | {runner.launches} | {1000 * runner.driver_seconds / runner.launches:.1f} "
        f"| {100 * runner.busy_share:.1f} % ({100 * runner.busy_share_while_work_is_left:.1f} %) | {shown} MB |"
    )


def _real() -> str:
    memory: list[float] = []

    def record(trial: Trial) -> None:
        if trial.state == "SUCCEEDED" and trial.origin != "probe":
            memory.append(_megabytes())

    with tempfile.TemporaryDirectory(prefix="automl-tl-slots-") as name, RaySession(cpus=_RAY_SLOTS) as session:
        folder, spans = Path(name), Path(name) / "spans"
        spans.mkdir()
        runner = TuneRunner(
            session,
            Resources(concurrent=_RAY_SLOTS),
            storage=folder / "ray",
            trial_function=functools.partial(_waits, spans=spans),
        )
        _search(folder, runner, _RAY_TRIALS, Deadline.after(None), record)
        found = [_Span(*map(float, each.read_text().split())) for each in spans.iterdir()]
    share, at_once = _busy(found, _RAY_SLOTS)
    return f"| {100 * share:.1f} % | {at_once} | {memory[0]:.0f}, {memory[-1]:.0f} MB |"


class _Span(NamedTuple):
    """When a trial ran, and in which process."""

    began: float
    ended: float
    process: float


def _busy(spans: Sequence[_Span], slots: int) -> tuple[float, int]:
    """Return the share of slot seconds in which trials ran, from when every process is there to the last begin."""
    first = {span.process: span.began for span in sorted(spans, reverse=True)}
    starts = sorted(first.values())
    since, to = starts[min(slots, len(starts)) - 1], max(span.began for span in spans)
    ran = sum(max(0.0, min(span.ended, to) - max(span.began, since)) for span in spans)
    at_once = max(sum(other.began <= span.began < other.ended for other in spans) for span in spans)
    return ran / (slots * (to - since)), at_once


def _search(
    folder: Path, runner: TrialRunner, trials: int, deadline: Deadline, record: Callable[[Trial], None]
) -> None:
    search(
        toy_workload(folder / "trials", models=_MODELS),
        _MODELS,
        load_space("image"),
        budget=Budget(trials=trials),
        deadline=deadline,
        seed=0,
        runner=runner,
        record=record,
        trial_function=nothing,
        load_model=lambda card: None,
        resumable=lambda trial: True,
    )


def _made_up(trial: Trial, share: float) -> float:
    """Return an accuracy that depends on the configuration and rises along the run."""
    drawn = random.Random(repr((trial.model, trial.strategy, sorted(trial.parameters.items()))))
    return 0.3 + 0.6 * drawn.betavariate(4, 3) * share**0.3


def _waits(
    workload: Workload, *, spans: Path, trial: str, report: Callable[[CurvePoint], bool], **rest: object
) -> TrialOutcome:
    """Wait, and write down from when to when."""
    began = time.time()
    time.sleep(_SECONDS)
    (spans / trial).write_text(f"{began} {time.time()} {os.getpid()}", encoding="utf-8")
    return nothing(workload, trial=trial, report=report)


def _megabytes() -> float:
    """Return the memory that this process has now."""
    return int(Path("/proc/self/statm").read_text(encoding="utf-8").split()[1]) * _PAGE / 1e6


if __name__ == "__main__":
    print("\n".join(lines()))
