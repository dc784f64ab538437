"""A comparison as a page in Markdown that explains its own figures."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from automl_tl.truth.bench import Compared
from automl_tl.truth.calibration import calibration
from automl_tl.truth.compare import CHOSEN, RANDOM, pooled
from automl_tl.truth.figures import mean_interval, noise_ceiling, paired_interval
from automl_tl.truth.methods import OURS, PROBE_ONLY, STATIC

__all__ = ["lines", "pooled_lines"]

_FIRST = (OURS, PROBE_ONLY, STATIC, "knn", "linear_probe", CHOSEN, RANDOM)
_RIVALS = (STATIC, "knn", "linear_probe", CHOSEN, RANDOM)

_HONESTY = "Whether our ranking knows what it does not know"

_OF_TRUTH = (
    "Points on the test part after fine-tuning, mean over seeds; a seed is a draw of rows and a training run"
    " on it. The noise ceiling is the weighted tau between one seed and the mean of the others: what an order"
    " without any error of its own reaches. It takes two seeds."
)
_OF_FIGURES = (
    "Means over the data sets, in brackets the 95 % bootstrap interval over data sets. Weighted tau:"
    " agreement with the order by fine-tuning, where exchanges at the top weigh more; 1 is the same order, 0"
    " none, -1 the reverse. Of the ceiling: weighted tau as a share of the noise ceiling. Regret@k: points"
    " lost by taking the first model (k = 1), or the best of the first three, instead of the truly best one."
)
_OF_METHODS = (
    f"*{OURS}*: probe, published figures, sizes and the results on the other data sets. *{PROBE_ONLY}*: the"
    f" probe alone. *{STATIC}*: the models' standing on the other data sets (with a single data set published"
    f" figures or sizes); the target is never looked at. *{CHOSEN}*: for each data set the score that does best"
    f" on all the others. *{RANDOM}*: the expectation over all orders. Every other row is one score alone."
)
_OF_DIFFERENCES = (
    "Paired over the data sets, with 95 % bootstrap intervals; few data sets make them a rough guide. Ours is"
    " better where weighted tau is above 0 and regret below."
)


def lines(compared: Compared, *, level: int = 1) -> Iterator[str]:
    """Yield the page: the truth and its noise ceiling, every method, paired differences, how honest P(best) is.

    ``level`` is that of its title, for a page inside a longer one.
    """
    yield f"{'#' * level} Do rankings find what fine-tuning finds?"
    parts = {
        "What fine-tuning finds": _truth,
        "How well a ranking foretells it": _methods,
        "Our ranking minus another": _differences,
        _HONESTY: _forecasts,
        "Without a figure": _failures,
    }
    if not compared.truth:
        yield from ("", "No data set has two candidates with a figure yet, so there is nothing to compare.")
    for title, part in parts.items():
        if body := list(part(compared)):
            yield from ("", f"{'#' * (level + 1)} {title}", "", *body)


def pooled_lines(each: Sequence[Compared], *, level: int = 1) -> Iterator[str]:
    """Yield paired differences and calibration over the data sets of several benches together."""
    together = Compared(
        models={},
        truth={data: truth for one in each for data, truth in one.truth.items()},
        rankings={},
        results=pooled([one.results for one in each]),
        forecasts=tuple(forecast for one in each for forecast in one.forecasts),
    )
    parts = {"Our ranking minus another": _differences, _HONESTY: _forecasts}
    yield f"{'#' * level} All {len(together.truth)} data sets together"
    for title, part in parts.items():
        if body := list(part(together)):
            yield from ("", f"{'#' * (level + 1)} {title}", "", *body)


def _truth(compared: Compared) -> Iterator[str]:
    if not compared.truth:
        return
    names = ("data set", "metric", "rows", "candidates", "seeds", "best", "second", "last", "noise ceiling")
    yield from _head(names)
    for data, per_seed in compared.truth.items():
        means, models = 100 * per_seed.mean(axis=0), compared.models[data]
        order = np.argsort(-means, kind="stable")
        named = [f"{models[place]} {means[place]:.1f}" for place in order]
        one = next(row for row in compared.measured if row.data == data)
        sizes = (one.metric.replace("_", " "), f"{one.rows}", f"{len(models)}", f"{len(per_seed)}")
        second = named[1] if len(named) > 2 else ""
        yield _row(data, *sizes, named[0], second, named[-1], _number(noise_ceiling(per_seed)))
    yield from ("", _OF_TRUTH)


def _methods(compared: Compared) -> Iterator[str]:
    if not compared.truth:
        return
    results = compared.results
    yield from _head(
        ("ranking by", "weighted tau", "of the ceiling", "tau", "regret@1", "regret@3", "best in top 3"), left=1
    )
    ceilings = {data: noise_ceiling(each) for data, each in compared.truth.items()}
    for method in _ordered(compared):
        tau = results.figure(method, "weighted_tau")
        shares = [tau[data] / ceilings[data] for data in tau if ceilings[data] > 0]
        yield _row(
            method,
            _interval(tau.values(), 2),
            _number(float(np.mean(shares))) if shares else "-",
            _interval(results.figure(method, "tau").values(), 2),
            _interval(results.figure(method, "regret_1").values(), 1),
            _interval(results.figure(method, "regret_3").values(), 1),
            f"{np.mean(list(results.figure(method, 'top_3').values())):.0%}",
        )
    yield from ("", _OF_FIGURES, "", _OF_METHODS)
    if results.left_out:
        yield from ("", f"Not everywhere computable, so not compared: {', '.join(results.left_out)}.")


def _differences(compared: Compared) -> Iterator[str]:
    """Yield our ranking minus its rivals, where there are data sets to resample."""
    if len(compared.truth) < 2:
        return
    yield from _head(("minus", "weighted tau", "regret@1, points"), left=1)
    results = compared.results
    for rival in _RIVALS:
        if rival in results.by_method:
            cells = []
            for figure, digits in (("weighted_tau", 2), ("regret_1", 1)):
                found = paired_interval(results.figure(OURS, figure), results.figure(rival, figure))
                cells.append(_bracketed(found, digits, sign="+"))
            yield _row(rival, *cells)
    yield from ("", _OF_DIFFERENCES)


def _forecasts(compared: Compared) -> Iterator[str]:
    if not compared.forecasts:
        return
    found = calibration(compared.forecasts)
    yield (
        f"In {found.coverage:.0%} of {found.tasks} tasks drawn from these (all or some of the rows and candidates)"
        " the truly best model was among those that our ranking could not tell from the best, on average"
        f" {found.mean_contenders:.1f} of {found.mean_candidates:.1f}; it aims at 95 %."
    )
    yield ""
    yield (
        f"Calibration error of P(best) {found.error:.3f}; right probabilities stay below {found.band:.3f} in 95 %"
        f" of cases. Of the first model alone {found.first_error:.3f}, and {found.first_band:.3f}. Brier score"
        f" {found.brier:.2f}, and {found.brier_uniform:.2f} if every model had the same probability; smaller is"
        " better."
    )


def _failures(compared: Compared) -> Iterator[str]:
    failed = [row for row in compared.measured if row.failed]
    if not failed:
        return
    yield from _head(("data set", "model", "seed", "reason"))
    for row in failed:
        yield _row(row.data, row.model, f"{row.seed}", row.error or "the metric is not defined")


def _ordered(compared: Compared) -> list[str]:
    """Return ours and what it is held against, then the single scores, best first."""
    results = compared.results
    alone = [method for method in results.by_method if method not in _FIRST]
    mean = {method: float(np.mean(list(results.figure(method, "weighted_tau").values()))) for method in alone}
    return [
        *(method for method in _FIRST if method in results.by_method),
        *sorted(alone, key=lambda method: (-mean[method], method)),
    ]


def _head(names: Sequence[str], *, left: int = 0) -> Iterator[str]:
    """Yield head and rule of a table; from column ``left`` on, if it is not 0, figures stand right-aligned."""
    yield _row(*names)
    yield "|" + "|".join("---:" if left and place >= left else "---" for place in range(len(names))) + "|"


def _row(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _number(value: float) -> str:
    return f"{value:.2f}" if math.isfinite(value) else "-"


def _interval(values: Iterable[float], digits: int) -> str:
    """Return the mean with its interval; of a single data set there is none."""
    each = list(values)
    return _bracketed(mean_interval(each), digits) if len(each) > 1 else f"{each[0]:.{digits}f}"


def _bracketed(found: tuple[float, float, float], digits: int, *, sign: str = "") -> str:
    mean, low, high = (f"{round(value, digits) + 0.0:{sign}.{digits}f}" for value in found)
    return f"{mean} ({low} to {high})"
