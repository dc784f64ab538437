"""``python -m benchmarks``: print every table; ``--write`` also puts them into docs/benchmarks.md."""

from __future__ import annotations

import argparse
import platform
from pathlib import Path

from benchmarks import few_shot_ranking, logme, main_job, probe_halving, probing, score_exactness, truth

__all__ = ["main"]

_TABLES = {
    "The main job": main_job.lines,
    "Speed of LogME": logme.lines,
    "Exactness of the scores": score_exactness.lines,
    "Few-shot ranking": few_shot_ranking.lines,
    "Speed of probing": probing.lines,
    "200 candidates by halving": probe_halving.lines,
    "Rankings against the outcome of fine-tuning": truth.lines,
}
_PAGE = Path(__file__).parent.parent / "docs" / "benchmarks.md"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--write", action="store_true", help="also write docs/benchmarks.md")
    write = parser.parse_args().write
    page = [
        "# Benchmarks",
        "",
        f"Made by `python -m benchmarks --write` on {platform.machine()}, 2 cores, no GPU.",
    ]
    for title, lines in _TABLES.items():
        page += ["", f"## {title}", ""]
        print(f"\n## {title}\n", flush=True)
        for line in lines():
            page.append(line)
            print(line, flush=True)
    if write:
        _PAGE.write_text("\n".join(page) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
