"""Why this model: influences of the search's factors against a truth that is known by enumeration."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor

import numpy as np

from automl_tl.choice.influences import search_influences
from automl_tl.testing.search_sample import FACTORS, SearchTruth, sample_search

__all__ = ["lines"]

_TRUTHS = range(100, 140)
_PROCESSES = max(1, min(2, os.cpu_count() or 1))
_TRUTH_TRIALS = 40


def lines() -> Iterator[str]:
    """Yield the rows of the table."""
    yield (
        f"{len(_TRUTHS)} searches of random truths over {len(FACTORS)} factors (four of them in two of three "
        "strategies, one in one), each factor half as large as the next larger one, the smallest far below "
        "the noise of a trial; a quarter of the trials was stopped early. The truth is enumerated over all "
        "coalitions."
    )
    yield ""
    yield "| trials | rank correlation of the influences, mean (median, worst) | refused | CPU-seconds | asked |"
    yield "|---|---|---|---|---|"
    with ProcessPoolExecutor(_PROCESSES) as pool:
        truths = list(pool.map(_truth, _TRUTHS))
        for count in (14, 15, 30, 60):
            found = list(pool.map(_correlation, _TRUTHS, truths, [count] * len(_TRUTHS)))
            told = [entry for entry, _ in found if entry is not None]
            what = f"{np.mean(told):.2f} ({np.median(told):.2f}, {min(told):.2f})" if told else "-"
            asked = {14: "refused", 30: ">= 0.9"}.get(count, "")
            seconds = np.mean([seconds for _, seconds in found])
            yield f"| {count} | {what} | {len(found) - len(told)} of {len(found)} | {seconds:.1f} | {asked} |"


def _truth(seed: int) -> list[float]:
    truth = SearchTruth(seed)
    known = truth.influences(sample_search(truth, _TRUTH_TRIALS, noise=0.0, seed=1000 + seed))
    return [known[name] for name in FACTORS]


def _correlation(seed: int, known: list[float], count: int) -> tuple[float | None, float]:
    from scipy.stats import spearmanr

    trials = sample_search(SearchTruth(seed), count, seed=seed)
    winner = max(trials, key=lambda trial: trial.value).id
    began = time.process_time()
    told = search_influences(trials, winner, seed=seed)
    seconds = time.process_time() - began
    if not told.influences:
        return None, seconds
    sizes = {entry.factor: entry.size.value for entry in told.influences}
    return float(spearmanr(known, [sizes.get(name, 0.0) for name in FACTORS])[0]), seconds
