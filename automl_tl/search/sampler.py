"""Which configuration to try next: Optuna's tree-structured Parzen estimator behind ask and tell.

Bergstra et al., "Algorithms for Hyper-Parameter Optimization", NeurIPS 2011; the multivariate form over a space
whose parameters depend on model and strategy is Falkner et al., "BOHB", ICML 2018.
"""

from __future__ import annotations

import math
import warnings
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import optuna
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)

from automl_tl.finetune.metrics import Metric
from automl_tl.search.lifecycle import FINAL, merit_of_training, steps
from automl_tl.search.portfolio import Start, starts
from automl_tl.search.space import Parameter, Scalar, SearchSpace, Situation
from automl_tl.search.trial import Trial, TrialState

__all__ = ["Sampler", "Suggestion"]

_STRIKES = 2
_ATTEMPTS = 30


@dataclass(frozen=True)
class Suggestion:
    """A configuration to try; ``origin`` is ``portfolio`` or ``sampler``."""

    model: str
    strategy: str
    parameters: Mapping[str, Scalar]
    origin: str


class Sampler:
    """Ask and tell over model x strategy x parameters.

    Deterministic: the same space, candidates, seed and sequence of calls give the same suggestions.

    Parameters
    ----------
    space
        The search space; every strategy without a condition that holds is left out.
    candidates
        Situation of each model by id, best-ranked first.
    metric
        What is optimised.
    seed
        Seed of the sampler.
    portfolio
        How many suggestions at most come from the portfolio.
    startup
        Trials that must have ended before the estimator takes over from random draws.
    """

    def __init__(
        self,
        space: SearchSpace,
        candidates: Mapping[str, Situation],
        *,
        metric: Metric,
        seed: int,
        portfolio: int,
        startup: int = 8,
    ) -> None:
        self._space = space
        self._candidates = dict(candidates)
        self._metric = metric
        self._starts = deque(list(starts(space, list(candidates), candidates))[:portfolio])
        self._asked: dict[str, optuna.Trial] = {}
        self._failures: dict[str, int] = {}
        self._worked: set[str] = set()
        optuna.logging.set_verbosity(optuna.logging.ERROR)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            tpe = optuna.samplers.TPESampler(
                multivariate=True, group=True, constant_liar=True, n_startup_trials=startup, seed=seed
            )
        self._study = optuna.create_study(direction="maximize", sampler=tpe)

    def ask(self, trial: str) -> Suggestion | None:
        """Return the configuration for the trial with this id, or None if every model has proved unusable."""
        usable = [model for model in self._candidates if not self._struck(model)]
        if not usable:
            return None
        while self._starts:
            start = self._starts.popleft()
            if start.model in usable:
                self._study.enqueue_trial(self._flat(start))
                return self._draw(trial, "portfolio")
        for _ in range(_ATTEMPTS):
            suggestion = self._draw(trial, "sampler")
            if suggestion.model in usable:
                return suggestion
            self._study.tell(self._asked.pop(trial), state=optuna.trial.TrialState.FAIL)
        self._study.enqueue_trial({"model": usable[0]})
        return self._draw(trial, "sampler")

    def tell(self, trial: Trial) -> None:
        """Learn from a trial in a final state that :meth:`ask` gave its configuration."""
        asked = self._asked.pop(trial.id)
        self._count(trial)
        if trial.state is TrialState.PRUNED:
            for step, reached in steps(self._metric, trial.curve).items():
                asked.report(reached, step)
        state, value = self._verdict(trial)
        self._study.tell(asked, value, state=state)  # a PRUNED trial takes its last reported step as value

    def replay(self, trial: Trial) -> None:
        """Learn from a trial of an earlier process or of rung 0; one outside the space is passed over."""
        if trial.state not in FINAL or trial.model not in self._candidates:
            return
        self._count(trial)
        self._starts = deque(start for start in self._starts if not _same(start, trial))
        situation = self._candidates[trial.model]
        strategies = self._strategies(situation)
        if trial.strategy not in strategies:
            return
        ranges = {entry.name: entry for entry in self._space.strategy(trial.strategy).active(situation)}
        if not all(
            name in trial.parameters and entry.contains(trial.parameters[name]) for name, entry in ranges.items()
        ):
            return
        params: dict[str, Scalar] = {"model": trial.model, _strategy_key(strategies): trial.strategy}
        distributions: dict[str, BaseDistribution] = {
            "model": CategoricalDistribution(list(self._candidates)),
            _strategy_key(strategies): CategoricalDistribution(strategies),
        }
        for name, entry in ranges.items():
            params[entry.key] = trial.parameters[name]
            distributions[entry.key] = _distribution(entry)
        state, value = self._verdict(trial)
        self._study.add_trial(
            optuna.trial.create_trial(
                state=state,
                value=value,
                params=params,
                distributions=distributions,
                intermediate_values=steps(self._metric, trial.curve),
            )
        )

    def adopt(self, trial: Trial) -> None:
        """Take note of a trial that an earlier process asked for and that will be run again."""
        self._starts = deque(start for start in self._starts if not _same(start, trial))

    def knows(self, trial: str) -> bool:
        """Return whether :meth:`ask` gave this trial its configuration and waits to be told."""
        return trial in self._asked

    def _draw(self, name: str, origin: str) -> Suggestion:
        trial = self._study.ask()
        model = trial.suggest_categorical("model", list(self._candidates))
        situation = self._candidates[model]
        strategies = self._strategies(situation)
        strategy = trial.suggest_categorical(_strategy_key(strategies), strategies)
        parameters = {
            entry.name: _suggest(trial, entry) for entry in self._space.strategy(strategy).active(situation)
        }
        self._asked[name] = trial
        return Suggestion(model, strategy, parameters, origin)

    def _flat(self, start: Start) -> dict[str, Scalar]:
        situation = self._candidates[start.model]
        entries = self._space.strategy(start.strategy).active(situation)
        flat: dict[str, Scalar] = {entry.key: start.parameters[entry.name] for entry in entries}
        return flat | {"model": start.model, _strategy_key(self._strategies(situation)): start.strategy}

    def _strategies(self, situation: Situation) -> list[str]:
        return [strategy.name for strategy in self._space.active_strategies(situation)]

    def _verdict(self, trial: Trial) -> tuple[optuna.trial.TrialState, float | None]:
        value = merit_of_training(self._metric, trial)
        if trial.state is TrialState.SUCCEEDED and math.isfinite(value):
            return optuna.trial.TrialState.COMPLETE, value
        if trial.state is TrialState.PRUNED and trial.curve:
            return optuna.trial.TrialState.PRUNED, None
        return optuna.trial.TrialState.FAIL, None

    def _count(self, trial: Trial) -> None:
        if trial.state is not TrialState.FAILED:
            self._worked.add(trial.model)
        elif trial.error not in ("deadline", "cancelled"):
            self._failures[trial.model] = self._failures.get(trial.model, 0) + 1

    def _struck(self, model: str) -> bool:
        """Whether every trial of a model failed, and at least two did: it will not work next time either."""
        return model not in self._worked and self._failures.get(model, 0) >= _STRIKES


def _strategy_key(strategies: Sequence[str]) -> str:
    """Optuna wants one list of choices per name, so the name carries the list."""
    return "strategy:" + ",".join(strategies)


def _same(start: Start, trial: Trial) -> bool:
    given = (start.model, start.strategy, dict(start.parameters))
    return given == (trial.model, trial.strategy, dict(trial.parameters))


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
