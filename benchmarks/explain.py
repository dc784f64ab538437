"""Explanations: exactness, and faithfulness and cost against shap on the same models."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from functools import partial
from itertools import permutations

import numpy as np
import torch
from numpy.typing import NDArray

from automl_tl.explain.samplers.exact import Exact
from automl_tl.explain.samplers.kernel import PairedKernel
from benchmarks.explain_images import image_lines
from benchmarks.explain_models import image_subjects, text_subjects
from benchmarks.explain_speed import speed_lines
from benchmarks.explain_texts import text_lines

__all__ = ["lines", "long_lines"]

_IMAGES, _TEXTS = 30, 16


def lines() -> Iterator[str]:
    """Yield the tables."""
    yield from _tables(long=False)


def long_lines() -> Iterator[str]:
    """Yield the tables with further models."""
    yield from _tables(long=True)


def _tables(*, long: bool) -> Iterator[str]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield "### Exactness"
        yield ""
        yield from _exactness()
        yield ""
        yield "### Texts"
        yield ""
        yield from text_lines(text_subjects(_TEXTS, long=long))
        yield ""
        yield "### Pictures"
        yield ""
        yield from image_lines(image_subjects(_IMAGES, long=long))
        yield ""
        yield "### Time"
        yield ""
        yield from speed_lines()
    finally:
        torch.set_num_threads(threads)


def _exactness() -> Iterator[str]:
    yield "Random games with interactions of every order; largest difference of a value, asked 1e-6."
    yield ""
    yield "| features | all orders | captum ShapleyValues | shap Exact | kernel with all pairs |"
    yield "|---|---|---|---|---|"
    for n_features in (2, 4, 6, 7, 10):
        value = _random_game(n_features)
        ours = _run(Exact, value, n_features)
        kernel = _run(partial(PairedKernel, max_evals=2**n_features, seed=0), value, n_features)
        cells = [
            _difference(ours, _all_orders(value, n_features)) if n_features < 8 else "-",
            _difference(ours, _captum(value, n_features)) if n_features < 7 else "-",
            _difference(ours, _shap(value, n_features)),
            _difference(ours, kernel),
        ]
        yield f"| {n_features} | {' | '.join(cells)} |"


def _random_game(n_features: int) -> Callable[[NDArray[np.bool_]], NDArray[np.float64]]:
    table = np.random.default_rng(n_features).normal(size=(2**n_features, 1))
    weights = 2 ** np.arange(n_features)
    return lambda masks: table[masks.astype(np.int64) @ weights]


def _run(kind: Callable[..., Exact | PairedKernel], value: Callable, n_features: int) -> NDArray[np.float64]:
    sampler = kind(n_features, value(np.array([[False] * n_features, [True] * n_features])))
    while (masks := sampler.ask()) is not None:
        sampler.tell(value(masks))
    found = sampler.estimate()
    assert found is not None
    return found.values[:, 0]


def _all_orders(value: Callable, n_features: int) -> NDArray[np.float64]:
    """Return each feature's mean gain over all F! orders, by definition."""
    gains = np.zeros(n_features)
    for order in permutations(range(n_features)):
        masks = np.zeros((n_features + 1, n_features), dtype=bool)
        for place, feature in enumerate(order):
            masks[place + 1 :, feature] = True
        gains[list(order)] += np.diff(value(masks)[:, 0])
    return gains / math.factorial(n_features)


def _captum(value: Callable, n_features: int) -> NDArray[np.float64]:
    from captum.attr import ShapleyValues

    method = ShapleyValues(lambda rows: torch.from_numpy(value(rows.numpy() > 0.5)[:, 0]))
    found = method.attribute(torch.ones(1, n_features), baselines=torch.zeros(1, n_features))
    return found.numpy()[0]


def _shap(value: Callable, n_features: int) -> NDArray[np.float64]:
    from shap.explainers import Exact as ShapExact
    from shap.maskers import Independent

    explainer = ShapExact(lambda rows: value(rows > 0.5), Independent(np.zeros((1, n_features))))
    return np.asarray(explainer(np.ones((1, n_features)), silent=True).values).reshape(-1)


def _difference(one: NDArray[np.float64], other: NDArray[np.float64]) -> str:
    return f"{np.abs(one - other).max():.0e}"
