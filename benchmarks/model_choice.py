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

_TRUTHS = range(200, 232)
_PROCESSES = max(1, min(2, os.cpu_count() or 1))


def lines() -> Iterator[str]:
    """Yield the rows of the table."""
    yield (
        f"{len(_TRUTHS)} searches of random truths over {len(FACTORS)} factors (four of them in two of three "
        "strategies, one in one), each factor half as large as the next larger one, the smallest far below "
        "the noise of a trial; a quarter of the trials was stopped early. The truth is what the settings of the "
        "same trials do without noise, enumerated over all coalitions."
    )
    yield ""
    yield "| trials | rank correlation of the influences, mean (median, worst) | refused | CPU-seconds | asked |"
    yield "|---|---|---|---|---|"
    with ProcessPoolExecutor(_PROCESSES) as pool:
        for count in (14, 15, 30, 45):
            found = list(pool.map(_correlation, _TRUTHS, [count] * len(_TRUTHS)))
            told = [entry for entry, _ in found if entry is not None]
            what = f"{np.mean(told):.2f} ({np.median(told):.2f}, {min(told):.2f})" if told else "-"
            asked = {14: "refused", 30: ">= 0.9"}.get(count, "")
            seconds = np.mean([seconds for _, seconds in found])
            yield f"| {count} | {what} | {len(found) - len(told)} of {len(found)} | {seconds:.1f} | {asked} |"


def _correlation(seed: int, count: int) -> tuple[float | None, float]:
    from scipy.stats import spearmanr

    trials = sample_search(SearchTruth(seed), count, seed=seed)
    winner = max(trials, key=lambda trial: trial.value).id
    began = time.process_time()
    told = search_influences(trials, winner, seed=seed)
    seconds = time.process_time() - began
    if not told.influences:
        return None, seconds
    known = SearchTruth(seed).influences(trials)
    sizes = {entry.factor: entry.size.value for entry in told.influences}
    return float(
        spearmanr([known[name] for name in FACTORS], [sizes.get(name, 0.0) for name in FACTORS])[0]
    ), seconds
