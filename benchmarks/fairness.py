"""Bias report: how often it is wrong, what it finds, and what it costs; each against its target.

``--identities FILE`` also audits a classifier on a CSV with the columns text, label (BAD or not), identity.
"""

from __future__ import annotations

import argparse
import csv
import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from automl_tl.data.groups import group_values
from automl_tl.fairness import audit
from automl_tl.fairness.answers import read_answers
from automl_tl.fairness.base import FairnessReport
from automl_tl.fairness.metrics import count_rates, rates_of
from automl_tl.fairness.slices import find_slices
from automl_tl.finetune.conformal import calibrate_sets, measure_coverage

__all__ = ["lines"]

_NULL_RUNS = 1000
_PLANTED_RUNS = 400
_SLICE_RUNS = 200
_PROCESSES = max(1, min(2, os.cpu_count() or 1))


def lines() -> Iterator[str]:
    """Yield the rows of the table."""
    yield "| what | measured | asked |"
    yield "|---|---|---|"
    for what, measured, asked in _rows():
        yield f"| {what} | {measured} | {asked} |"
    identities = os.environ.get("AUTOML_TL_REAL_DATA", "")
    path = Path(identities) / "data" / "madlibs_toxicity_identity.csv"
    if identities and path.is_file():
        yield from _identity_lines(path)


def _rows() -> Iterator[tuple[str, str, str]]:
    difference, missing = _against_fairlearn()
    yield (
        f"per-group rates against fairlearn, 200 random data sets ({missing} rates null where fairlearn says 0)",
        f"largest difference {difference:.0e}",
        "1e-12",
    )
    plain, resampled = _speed()
    yield (
        "time of all rates with intervals, fairlearn's MetricFrame without intervals / with 100 resamples",
        f"{plain:.0f} / {resampled:.0f} times ours",
        ">= 100",
    )
    for n in (40, 100):
        wrong, rule, tests = _null(n)
        limit = 0.05 + 2 * np.sqrt(0.05 * 0.95 / _NULL_RUNS)
        yield (
            f"no disparity, {n} per group, families of {tests:.0f} tests, {_NULL_RUNS} reports: any violation",
            f"{100 * wrong:.1f} %",
            f"<= {100 * limit:.1f} %",
        )
        yield "the same: any four-fifths violation", f"{100 * rule:.1f} %", "<= 5 %"
    for low, high in ((0.6, 0.9), (0.5, 0.8), (0.35, 0.65)):
        found = _share(_PLANTED_RUNS, _planted, (100, low, high, 1))
        family = _share(_PLANTED_RUNS, _planted, (100, low, high, 4))
        yield (
            f"planted gap {high} to {low}, 100 rows per group, alone / among 4 attributes",
            f"{100 * found:.0f} % / {100 * family:.0f} %",
            ">= 95 %",
        )
    for n, right in ((40, 0.9), (100, 0.8), (200, 0.7)):
        printed, needed = _detectable(n, right)
        yield (
            f"gap said to be found 4 times of 5, and gap that is; {n} rows per group, {right} right",
            f"{printed:.3f} / {needed:.3f}",
            "within 0.03",
        )
    yield "slices, no slice: flagged", f"{100 * _share(_SLICE_RUNS * 2, _slice, (200, 0.0)):.1f} %", "<= 5 %"
    for n, least in ((200, 75), (500, 90)):
        found = _share(_SLICE_RUNS, _slice, (n, 0.35))
        yield (
            f"slices, a tenth with 35 points more errors, n = {n}: found",
            f"{100 * found:.0f} %",
            f">= {least} %",
        )
    yield "conformal coverage inside its band, 500 simulations", f"{100 * _coverage():.1f} %", ">= 95 %"


def _share(runs: int, simulate: Callable[..., bool], arguments: tuple[float, ...]) -> float:
    """Return how often a simulation says yes, by seeds 0 to runs - 1, on two processes."""
    with ProcessPoolExecutor(_PROCESSES) as pool:
        return float(np.mean(list(pool.map(simulate, *([value] * runs for value in arguments), range(runs),
                                           chunksize=20))))  # fmt: skip


def _report(n: int, right: Callable[[NDArray[np.int64]], object], attributes: int, seed: int) -> FairnessReport:
    rng = np.random.default_rng(seed)
    group = np.arange(3 * n) % 3
    true = rng.integers(0, 2, 3 * n)
    pred = np.where(rng.random(3 * n) < right(group), true, 1 - true)
    groups = {"a": group, **{name: rng.permutation(group) for name in "bcd"[: attributes - 1]}}
    return audit(true, pred, {name: values.astype(str) for name, values in groups.items()})


def _null_report(n: int, seed: int) -> tuple[bool, bool, int]:
    report = _report(n, lambda group: 0.8, 4, seed)
    entries = (*report.attributes, *report.intersections)
    wrong = "violation" in (*report.verdicts.values(), *report.label_verdicts.values())
    rule = any(entry.four_fifths is not None and entry.four_fifths.verdict == "violation" for entry in entries)
    return wrong, rule, report.family.tests if report.family else 0


def _null(n: int) -> tuple[float, float, float]:
    with ProcessPoolExecutor(_PROCESSES) as pool:
        found = list(pool.map(_null_report, [n] * _NULL_RUNS, range(_NULL_RUNS), chunksize=25))
    wrong, rule, tests = np.array(found, dtype=float).mean(axis=0)
    return float(wrong), float(rule), float(tests)


def _planted(n: int, low: float, high: float, attributes: int, seed: int) -> bool:
    report = _report(n, lambda group: np.where(group == 0, low, high), attributes, seed)
    return report.verdicts["a"] == "violation"


def _found(n: int, right: float, gap: float, seed: int) -> bool:
    report = _report(n, lambda group: np.where(group == 0, right - gap, right), 1, seed)
    return next(f for f in report.attributes[0].findings if f.rate == "accuracy").verdict == "violation"


def _detectable(n: int, right: float) -> tuple[float, float]:
    """Return the mean printed gap without any, and the gap that 80 % of simulations find, by bisection."""
    printed = [_report(n, lambda group: right, 1, seed).attributes[0].detectable_gap or 1.0 for seed in range(40)]
    missed, found = 0.0, right
    for _ in range(7):
        gap = (missed + found) / 2
        if _share(300, _found, (n, right, gap)) >= 0.8:
            found = gap
        else:
            missed = gap
    return float(np.mean(printed)), (missed + found) / 2


def _slice(n: int, excess: float, seed: int) -> bool:
    rng = np.random.default_rng(seed)
    cloud = np.repeat(np.arange(10), n // 10)
    features = rng.normal(size=(10, 32))[cloud] + 0.8 * rng.normal(size=(n, 32))
    inside = cloud == 0
    wrong = rng.random(n) < 0.1 + excess * inside
    flagged = find_slices(features, wrong, ids=[str(flag) for flag in inside], seed=seed).flagged
    return bool(flagged) and (not excess or flagged[0].exemplars.count("True") >= 4)


def _coverage(alpha: float = 0.1, runs: int = 500) -> float:
    rng = np.random.default_rng(0)
    inside = []
    for _ in range(runs):
        chances = rng.dirichlet(np.ones(4) * 0.7, size=300)
        labels = np.array([rng.choice(4, p=row) for row in chances])
        coverage = measure_coverage(
            calibrate_sets(chances[:100], labels[:100], alpha=alpha), chances[100:], labels[100:]
        )
        inside.append(coverage.expected.low <= (coverage.by_threshold or 0.0) <= coverage.expected.high)
    return float(np.mean(inside))


def _random_task(seed: int) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.str_]]:
    rng = np.random.default_rng(seed)
    n = int(rng.integers(20, 400))
    true, pred = rng.integers(0, 2, n), rng.integers(0, 2, n)
    group = rng.choice(list("abcdef")[: int(rng.integers(2, 7))], n)
    true[(group == "a") & (rng.random() < 0.3)] = 0
    return true, pred, group


def _metrics() -> dict[str, Callable[..., float]]:
    from fairlearn.metrics import false_positive_rate, selection_rate, true_positive_rate
    from sklearn.metrics import accuracy_score, precision_score

    return {
        "accuracy": accuracy_score,
        "selection_rate[1]": selection_rate,
        "true_positive_rate[1]": true_positive_rate,
        "false_positive_rate[1]": false_positive_rate,
        "precision[1]": lambda true, pred: precision_score(true, pred, zero_division=0.0),
    }


def _against_fairlearn() -> tuple[float, int]:
    from fairlearn.metrics import MetricFrame

    worst, missing = 0.0, 0
    for seed in range(200):
        true, pred, group = _random_task(seed)
        frame = MetricFrame(metrics=_metrics(), y_true=true, y_pred=pred, sensitive_features=group).by_group
        names, rows = _ours(true, pred, group)
        for name, values in rows.items():
            for each, rate in zip(names, values, strict=True):
                if rate is None:
                    missing += 1
                else:
                    worst = max(worst, abs(rate - frame.loc[each, name]))
    return worst, missing


def _ours(
    true: NDArray[np.int64], pred: NDArray[np.int64], group: NDArray[np.str_]
) -> tuple[tuple[str, ...], dict[str, list[float | None]]]:
    groups = group_values(group.tolist())
    counts = count_rates(read_answers(true, pred, class_names=("0", "1")), groups.codes, len(groups.names))
    rows = zip(counts.names, rates_of(counts, few=1), strict=True)
    return groups.names, {name: [rate.value for rate in row] for name, row in rows if not name.startswith("base")}


def _speed() -> tuple[float, float]:
    """Return how many times longer fairlearn takes, without intervals and with a bootstrap of 100 resamples."""
    from fairlearn.metrics import MetricFrame

    tasks = [_random_task(seed) for seed in range(20)]
    _ours(*tasks[0])

    def seconds(work: Callable[..., object], some: int) -> float:
        started = time.process_time()
        for task in tasks[:some]:
            work(*task)
        return (time.process_time() - started) / some

    def frame(true: object, pred: object, group: object, **options: object) -> object:
        return MetricFrame(
            metrics=_metrics(), y_true=true, y_pred=pred, sensitive_features=group, **options
        ).by_group

    ours = min(seconds(_ours, 20) for _ in range(3))
    resampled = {"n_boot": 100, "ci_quantiles": [0.025, 0.975], "random_state": 0}
    return seconds(frame, 20) / ours, seconds(lambda *task: frame(*task, **resampled), 2) / ours


def _identity_lines(path: Path, runs: int = 200) -> Iterator[str]:
    """Audit a bag of words that was taught on purpose that two identities are toxic."""
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.linear_model import LogisticRegression

    with path.open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    true = np.array([row["label"] == "BAD" for row in rows], dtype=np.int64)
    identity = np.array([row["identity"] for row in rows])
    known, counts = np.unique(identity, return_counts=True)
    usual = known[np.argsort(-counts, kind="stable")][:6]
    kept = np.isin(identity, usual)
    texts, true, identity = [r["text"] for r, k in zip(rows, kept, strict=True) if k], true[kept], identity[kept]
    words = CountVectorizer(binary=True).fit_transform(texts)
    half = np.random.default_rng(0).random(len(true)) < 0.5
    taught = true.copy()
    hated = half & np.isin(identity, usual[:2]) & (np.random.default_rng(1).random(len(true)) < 0.8)
    taught[hated] = 1
    model = LogisticRegression(max_iter=500).fit(words[half], taught[half])
    said = model.predict(words[~half])
    truth, groups = true[~half], identity[~half]
    biased = audit(truth, said, {"identity": groups}, favourable=0)
    rng = np.random.default_rng(2)
    false = [
        "violation" in audit(truth, said, {"identity": rng.permutation(groups)}, favourable=0).verdicts.values()
        for _ in range(runs)
    ]
    worst = biased.attributes[0]
    yield f"| sentences, classifier biased on purpose | {worst.verdict}, {worst.worst_group} | violation |"
    yield f"| the same, identities permuted {runs} times: flagged | {100 * np.mean(false):.1f} % | <= 5 % |"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fairness", description=__doc__)
    parser.add_argument("--identities", type=Path, help="CSV with the columns text, label, identity")
    path = parser.parse_args().identities
    for line in lines() if path is None else _identity_lines(path):
        print(line, flush=True)


if __name__ == "__main__":
    main()
