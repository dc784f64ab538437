"""Searches whose truth is known: what every setting does to the result, and so what every factor's share is."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from automl_tl.finetune.workload import CurvePoint
from automl_tl.search.trial import Trial, TrialState

__all__ = ["FACTORS", "SearchTruth", "sample_search"]

Scalar = str | int | float | bool

FACTORS = ("model", "strategy", "learning_rate", "layer_decay", "warmup", "augment", "frozen_fraction")
_HAS: Mapping[str, tuple[str, ...]] = {
    "linear_probe": (),
    "full_finetune": ("learning_rate", "layer_decay", "warmup", "augment"),
    "partial_unfreezing": ("learning_rate", "layer_decay", "warmup", "augment", "frozen_fraction"),
}
_MODELS = {"m:a": 1.4, "m:b": 0.5, "m:c": -0.3, "m:d": -1.6}
_STRATEGIES = {"linear_probe": -1.5, "full_finetune": 1.0, "partial_unfreezing": 0.0}
_AUGMENT = {"none": -1.0, "light": 1.2, "flip": -0.1}
_LARGEST = 0.1
_RATIO = 2.0


@dataclass(frozen=True)
class SearchTruth:
    """Effects of the factors, each half as large as the next larger one; ``seed`` says which is which."""

    seed: int

    @property
    def sizes(self) -> dict[str, float]:
        """How much one unit of each factor moves the result."""
        order = np.random.default_rng(self.seed).permutation(len(FACTORS)).tolist()
        return {FACTORS[place]: _LARGEST / _RATIO**rank for rank, place in enumerate(order)}

    def value(self, settings: Mapping[str, Scalar]) -> float:
        """Return the result without noise; the best learning rate differs a little between models."""
        effects = {
            "model": _MODELS[str(settings["model"])],
            "strategy": _STRATEGIES[str(settings["strategy"])],
        }
        if "learning_rate" in settings:
            shift = 0.2 * _MODELS[str(settings["model"])]
            effects["learning_rate"] = 1.0 - (math.log10(float(settings["learning_rate"])) + 3.25 - shift) ** 2
            effects["layer_decay"] = 3.4 * (float(settings["layer_decay"]) - 0.5)
            effects["warmup"] = 1.4 * math.sin(2.5 * (float(settings["warmup"]) - 0.5))
            effects["augment"] = _AUGMENT[str(settings["augment"])]
        if "frozen_fraction" in settings:
            effects["frozen_fraction"] = 5.0 * (0.5 - float(settings["frozen_fraction"]))
        return 0.7 + math.fsum(size * effects.get(name, 0.0) for name, size in self.sizes.items())

    def influences(self, trials: Sequence[Trial]) -> dict[str, float]:
        """Return each factor's mean absolute Shapley value over the trials against each other, by enumeration."""
        rows = [_settings(trial) for trial in trials]
        donors = {name: [row[name] for row in rows if name in row] for name in FACTORS}
        totals = np.zeros(len(FACTORS))
        for ours in rows:
            totals += np.abs(self._shapley(ours, rows, donors))
        return dict(zip(FACTORS, (totals / len(rows)).tolist(), strict=True))

    def _shapley(
        self, ours: Mapping[str, Scalar], rows: Sequence[Mapping[str, Scalar]], donors: Mapping[str, list[Scalar]]
    ) -> np.ndarray:
        count = len(FACTORS)
        worth = {
            coalition: np.mean([self.value(_mixed(ours, row, coalition, donors, n)) for n, row in enumerate(rows)])
            for coalition in itertools.product((False, True), repeat=count)
        }
        shares = np.zeros(count)
        for coalition, value in worth.items():
            size = sum(coalition)
            for place in range(count):
                sign = 1 if coalition[place] else -1
                others = size - coalition[place]
                weight = math.factorial(others) * math.factorial(count - others - 1) / math.factorial(count)
                shares[place] += sign * weight * float(value)
        return shares


def sample_search(truth: SearchTruth, trials: int, *, noise: float = 0.01, seed: int = 0) -> tuple[Trial, ...]:
    """Return finished trials of random settings; a quarter was stopped early and is the worse for it."""
    rng = np.random.default_rng(seed)
    found = []
    for number in range(trials):
        settings: dict[str, Scalar] = {
            "model": str(rng.choice(list(_MODELS))),
            "strategy": str(rng.choice(list(_STRATEGIES), p=(0.15, 0.45, 0.4))),
            "learning_rate": float(10 ** rng.uniform(-4.75, -1.75)),
            "layer_decay": float(rng.uniform(0, 1)),
            "warmup": float(rng.uniform(0, 1)),
            "augment": str(rng.choice(list(_AUGMENT))),
            "frozen_fraction": float(rng.uniform(0.2, 0.8)),
        }
        has = ("model", "strategy", *_HAS[str(settings["strategy"])])
        kept = {name: settings[name] for name in has}
        fraction = 1.0 if settings["strategy"] == "linear_probe" or rng.random() < 0.75 else 0.35
        value = truth.value(kept) - 0.06 * (1 - fraction) + noise * float(rng.normal())
        found.append(
            Trial(
                id=f"t{number:04d}",
                number=number,
                model=str(kept.pop("model")),
                strategy=str(kept.pop("strategy")),
                parameters=kept,
                seed=number,
                origin="sampler",
                state=TrialState.SUCCEEDED if fraction == 1 else TrialState.PRUNED,
                value=value,
                curve=(CurvePoint(100, fraction, 10.0 * fraction, 0.5, {"accuracy": value}),),
                seconds=10.0 * fraction,
            )
        )
    return tuple(found)


def _settings(trial: Trial) -> dict[str, Scalar]:
    return {"model": trial.model, "strategy": trial.strategy, **trial.parameters}


def _mixed(
    ours: Mapping[str, Scalar],
    theirs: Mapping[str, Scalar],
    coalition: Sequence[bool],
    donors: Mapping[str, list[Scalar]],
    number: int,
) -> dict[str, Scalar]:
    """Return the valid configuration that a coalition makes of two: see :mod:`automl_tl.choice.product_game`."""
    inside = {name for name, yes in zip(FACTORS, coalition, strict=True) if yes}
    mixed = {name: (ours if name in inside else theirs)[name] for name in ("model", "strategy")}
    for name in _HAS[str(mixed["strategy"])]:
        if name in inside and name in ours:
            mixed[name] = ours[name]
        elif name in theirs:
            mixed[name] = theirs[name]
        else:
            mixed[name] = donors[name][number % len(donors[name])]
    return mixed
