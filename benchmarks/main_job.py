"""The main job on 200 labelled digits, several seeds: is the delivered model better than what costs nothing?"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from automl_tl.cli.demo_data import write_digits
from benchmarks.measure import run

__all__ = ["lines"]

_SEEDS = (0, 1, 2)
_BASELINES = ("linear probe", "from scratch", "classical")
_SCANNERS = ("A", "B")
_BUDGET = "wall=120s,trials=8"


def lines() -> Iterator[str]:
    """Yield the rows of the table."""
    yield f"Digits, 200 training images, two scanners, budget {_BUDGET}; test accuracy in % on 800 images."
    yield "Scanner A's images are as they were, those of B were degraded on purpose."
    yield ""
    names = ("final", *(f"scanner {each}" for each in _SCANNERS), *_BASELINES)
    yield f"| seed | model | strategy | {' | '.join(names)} | wall s | CPU s | peak MB |"
    yield "|---" * (len(names) + 6) + "|"
    with tempfile.TemporaryDirectory() as folder:
        data = write_digits(Path(folder) / "digits")
        for seed in _SEEDS:
            out = Path(folder) / f"out-{seed}"
            output, cost = run(_command(data, out, seed))
            done = json.loads(output.splitlines()[-1])
            cells = ["-" if value is None else f"{100 * value:.1f}" for value in _figures(done, out)]
            yield (
                f"| {seed} | {done['model']} | {done['strategy']} | {' | '.join(cells)} "
                f"| {cost.wall_seconds:.0f} | {cost.cpu_seconds:.0f} | {cost.peak_megabytes:.0f} |"
            )


def _figures(done: dict[str, Any], out: Path) -> list[float | None]:
    """Return the accuracy of the model, of its two groups and of the baselines; None where there is none."""
    (scanners,) = json.loads((out / "bias_report.json").read_text(encoding="utf-8"))["attributes"]
    by_group = {row["group"]: row["rates"]["accuracy"]["value"] for row in scanners["groups"]}
    baselines = [done["baselines"].get(name, {}).get("accuracy") for name in _BASELINES]
    return [done["metrics"]["accuracy"], *(by_group[each] for each in _SCANNERS), *baselines]


def _command(data: Path, out: Path, seed: int) -> list[str]:
    options = ["--sensitive", "scanner", "--budget", _BUDGET, "--seed", str(seed), "--out", str(out), "--json"]
    return [sys.executable, "-m", "automl_tl.cli.main", "run", str(data), *options]
