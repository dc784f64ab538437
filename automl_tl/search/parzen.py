"""Configurations drawn by Optuna's tree-structured Parzen estimator from the results so far.

Bergstra et al., "Algorithms for Hyper-Parameter Optimization", NeurIPS 2011; the multivariate form over a space
whose parameters depend on model and strategy is Falkner et al., "BOHB", ICML 2018.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import optuna
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)

from automl_tl.search.space import Parameter, Scalar, SearchSpace, Situation

__all__ = ["Observation", "ParzenEstimator"]

_MOST = 300
"""Results that teach: the newest; more would cost seconds for each draw."""


@dataclass(frozen=True)
class Observation:
    """A configuration and what came of it, larger is better; None while nothing is known of its value."""

    model: str
    strategy: str
    parameters: Mapping[str, Scalar]
    value: float | None


class ParzenEstimator:
    """Draws from one set of observations.

    Parameters
    ----------
    startup
        Observations with a value that must exist before the estimator takes over from random draws.
    """

    def __init__(
        self,
        space: SearchSpace,
        situations: Mapping[str, Situation],
        observations: Sequence[Observation],
        *,
        seed: int,
        startup: int,
    ) -> None:
        self._space = space
        self._situations = dict(situations)
        optuna.logging.set_verbosity(optuna.logging.ERROR)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            sampler = optuna.samplers.TPESampler(
                multivariate=True, group=True, constant_liar=True, n_startup_trials=startup, seed=seed
            )
        self._study = optuna.create_study(direction="maximize", sampler=sampler)
        for each in observations[-_MOST:]:
            frozen = self._frozen(each)
            if frozen is not None:
                self._study.add_trial(frozen)

    def draw(self) -> tuple[str, str, dict[str, Scalar]]:
        """Return model, strategy and parameters."""
        trial = self._study.ask()
        model = trial.suggest_categorical("model", list(self._situations))
        situation = self._situations[model]
        strategies = self._strategies(situation)
        strategy = trial.suggest_categorical(_strategy_key(strategies), strategies)
        entries = self._space.strategy(strategy).active(situation)
        return model, strategy, {entry.name: _suggest(trial, entry) for entry in entries}

    def _frozen(self, each: Observation) -> optuna.trial.FrozenTrial | None:
        """Return an observation as Optuna's own, None if it lies outside the space."""
        situation = self._situations.get(each.model)
        strategies = self._strategies(situation) if situation else []
        if situation is None or each.strategy not in strategies:
            return None
        entries = self._space.strategy(each.strategy).active(situation)
        if not all(
            entry.name in each.parameters and entry.contains(each.parameters[entry.name]) for entry in entries
        ):
            return None
        params: dict[str, Scalar] = {"model": each.model, _strategy_key(strategies): each.strategy}
        distributions: dict[str, BaseDistribution] = {
            "model": CategoricalDistribution(list(self._situations)),
            _strategy_key(strategies): CategoricalDistribution(strategies),
        }
        for entry in entries:
            params[entry.key] = each.parameters[entry.name]
            distributions[entry.key] = _distribution(entry)
        known = each.value is not None
        state = optuna.trial.TrialState.COMPLETE if known else optuna.trial.TrialState.RUNNING
        return optuna.trial.create_trial(state=state, value=each.value, params=params, distributions=distributions)

    def _strategies(self, situation: Situation) -> list[str]:
        return [strategy.name for strategy in self._space.active_strategies(situation)]


def _strategy_key(strategies: Sequence[str]) -> str:
    """Optuna wants one list of choices per name, so the name carries the list."""
    return "strategy:" + ",".join(strategies)


def _distribution(entry: Parameter) -> BaseDistribution:
    if entry.kind == "categorical":
        return CategoricalDistribution(entry.choices)
    if entry.kind == "int":
        return IntDistribution(int(entry.low), int(entry.high))
    return FloatDistribution(entry.low, entry.high, log=entry.kind == "log_float")


def _suggest(trial: optuna.Trial, entry: Parameter) -> Scalar:
    if entry.kind == "categorical":
        choice: str | int | float | bool | None = trial.suggest_categorical(entry.key, entry.choices)
        assert choice is not None
        return choice
    if entry.kind == "int":
        return trial.suggest_int(entry.key, int(entry.low), int(entry.high))
    return trial.suggest_float(entry.key, entry.low, entry.high, log=entry.kind == "log_float")
