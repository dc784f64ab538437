"""``python -m benchmarks``: print every table, or some; ``--write`` also puts them into docs/benchmarks.md."""

from __future__ import annotations

import argparse
import platform
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks import (
    control_plane,
    deadline_runs,
    explain,
    fairness,
    few_shot_ranking,
    first_model,
    gpu,
    killed_drivers,
    logme,
    lost_node,
    main_job,
    many_workers,
    model_choice,
    probe_halving,
    probing,
    score_exactness,
    search_accuracy,
    search_replay,
    streamed_job,
    streaming,
    training_throughput,
    trial_overhead,
    truth,
)
from benchmarks.page import with_section

__all__ = ["main"]

Lines = Callable[[], Iterator[str]]

_TABLES: dict[str, Lines] = {
    "The main job": main_job.lines,
    "Speed of LogME": logme.lines,
    "Exactness of the scores": score_exactness.lines,
    "Few-shot ranking": few_shot_ranking.lines,
    "Speed of probing": probing.lines,
    "200 candidates by halving": probe_halving.lines,
    "Rankings against the outcome of fine-tuning": truth.lines,
    "The first model": first_model.lines,
    "Throughput of training": training_throughput.lines,
    "The search against what else the time buys": search_accuracy.lines,
    "Searches replayed on real curves": search_replay.lines,
    "What a trial costs besides its training": trial_overhead.lines,
    "How busy one search keeps its slots": control_plane.lines,
    "Probing shards as they are read": streaming.lines,
    "Whole jobs on shards": streamed_job.lines,
    "Probing and training on a GPU": gpu.lines,
    "Jobs with a deadline": deadline_runs.lines,
    "Killed workers": killed_drivers.lines,
    "Why this model": model_choice.lines,
    "A lost node": lost_node.lines,
    "Many workers": many_workers.lines,
    "The bias report": fairness.lines,
    "Explanations": explain.lines,
}
_LONG: dict[str, Lines] = {
    "Probing shards as they are read": streaming.long_lines,
    "Whole jobs on shards": streamed_job.long_lines,
    "200 candidates by halving": probe_halving.long_lines,
    "Jobs with a deadline": deadline_runs.long_lines,
    "Killed workers": killed_drivers.long_lines,
    "A lost node": lost_node.long_lines,
    "Explanations": explain.long_lines,
}
"""Longer forms of the same sections, for ``make bench-full``."""
_PAGE = Path(__file__).parent.parent / "docs" / "benchmarks.md"
_HEAD = f"# Benchmarks\n\nMade by `python -m benchmarks --write` on {platform.machine()}, 2 cores, no GPU.\n"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--write", action="store_true", help="also write the sections into docs/benchmarks.md")
    parser.add_argument("--only", nargs="+", metavar="TITLE", help=f"sections to run: {'; '.join(_TABLES)}")
    parser.add_argument("--long", action="store_true", help="the long form of sections that have one")
    arguments = parser.parse_args()
    for title in arguments.only or _TABLES:
        if title not in _TABLES:
            parser.error(f"--only: there is no section {title!r}; sections: {'; '.join(_TABLES)}")
    for title in arguments.only or _TABLES:
        _run(title, _LONG.get(title, _TABLES[title]) if arguments.long else _TABLES[title], arguments.write)


def _run(title: str, lines: Lines, write: bool) -> None:
    print(f"\n## {title}\n", flush=True)
    began = time.monotonic()
    found = []
    for line in lines():
        found.append(line)
        print(line, flush=True)
    print(f"\n({time.monotonic() - began:.0f} s)", flush=True)
    if write:
        page = _PAGE.read_text(encoding="utf-8") if _PAGE.exists() else _HEAD
        _PAGE.write_text(with_section(page, title, found, list(_TABLES)), encoding="utf-8")


if __name__ == "__main__":
    main()
