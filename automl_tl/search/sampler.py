"""Which configuration to try next: the portfolio, then what promises most improvement for its time."""

from __future__ import annotations

import math
import statistics
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from automl_tl.finetune.metrics import Metric
from automl_tl.search.avoidance import Avoidance, MemoryLimit
from automl_tl.search.cost_model import CostModel
from automl_tl.search.foresight import Foresight
from automl_tl.search.lifecycle import merit, merit_of_training
from automl_tl.search.near_the_best import NearTheBest
from automl_tl.search.parzen import Observation, ParzenEstimator
from automl_tl.search.portfolio import Start, by_gain_per_second, starts
from automl_tl.search.prior import draw, model_weights, share_of_prior
from automl_tl.search.space import Scalar, SearchSpace, Situation
from automl_tl.search.standing import Standing
from automl_tl.search.surrogate import Surrogate
from automl_tl.search.trial import Trial, TrialState

__all__ = ["Sampler", "Suggestion"]

_DRAWS = 8
"""Configurations among which the one that promises most is chosen."""
_ATTEMPTS = 40
_MANY = 100
"""Trials from which on a suggestion has to be cheap: then hundreds of slots may wait for one."""
_OVERRUN = 1.5
_PATIENCE_WITH_COST = 0.5
"""Improvement is divided by this power of the seconds: an estimate of either may be wrong."""


_Configuration = tuple[str, str, frozenset[tuple[str, Scalar]]]


@dataclass(frozen=True)
class Suggestion:
    """A configuration to try; ``origin`` is ``portfolio`` or ``sampler``."""

    model: str
    strategy: str
    parameters: Mapping[str, Scalar]
    origin: str


class Sampler:
    """Suggests configurations of model x strategy x parameters from the trials it was told of.

    After the portfolio each suggestion is the best of several draws, from the prior (with a probability that
    fades) or from a Parzen estimator, by expected improvement over the best trial per predicted second.
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
        Trials with a figure that must exist before the estimator takes over from random draws.
    standings
        What the ranking says of the candidates.
    memory
        What is known not to fit.
    timed
        Whether time is limited. If it is not, seconds are not looked at: they differ from run to run, and the same
        seed should give the same suggestions.
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
        standings: Mapping[str, Standing] | None = None,
        memory: MemoryLimit | None = None,
        timed: bool = False,
    ) -> None:
        self._timed = timed
        self._space = space
        self._candidates = dict(candidates)
        self._situations = dict(candidates)
        self._metric = metric
        self._seed = seed
        self._startup = startup
        self._standings = dict(standings or {})
        self._trials: dict[str, Trial] = {}
        self._known: set[_Configuration] = set()
        self._probes: dict[str, float] = {}
        self._believes = True
        self._avoidance = Avoidance(memory)
        self._costs = CostModel({model: each.pace for model, each in self._standings.items()})
        self._foresight = Foresight(metric)
        self._starts: deque[Start] = deque()
        self._admit(list(candidates), portfolio)

    @property
    def models(self) -> tuple[str, ...]:
        """The models that are searched."""
        return tuple(self._candidates)

    def scout(self, candidates: Mapping[str, Situation]) -> None:
        """Try models that were left out once each, with their first recipe, after the others have had theirs."""
        self._situations |= candidates
        first: dict[str, Start] = {}
        for start in starts(self._space, list(candidates), candidates):
            first.setdefault(start.model, start)
        place = min(len(self._starts), 2 * len(self._candidates))
        for start in reversed(first.values()):
            self._starts.insert(place, start)

    def recall(self, candidates: Mapping[str, Situation]) -> None:
        """Take in models that were left out, because the probe was wrong: it is not listened to any more.

        Their portfolio follows what is left of the present one.
        """
        self._standings, self._believes = {}, False
        fresh = {model: situation for model, situation in candidates.items() if model not in self._candidates}
        self._candidates |= fresh
        self._situations |= fresh
        self._admit(list(fresh), len(fresh))

    def ask(self, trial: str, *, seconds_left: float = math.inf) -> Suggestion | None:
        """Return the configuration for the trial with this id, or None if nothing usable is left to try.

        Parameters
        ----------
        seconds_left
            What remains for training: the portfolio's runs are shortened to it, and a run of which less than two
            thirds are predicted to fit is not begun: what is cut short teaches little and costs as much.
        """
        rng = np.random.default_rng([self._seed, len(self._trials), *trial.encode()])
        while self._starts:
            start = self._shortened(self._starts.popleft(), seconds_left)
            allowed = self._avoidance.allows(start.model, start.strategy, start.parameters)
            if allowed and not self._tried(start) and self._fits(start, seconds_left):
                return Suggestion(start.model, start.strategy, start.parameters, "portfolio")
        observations = self._observations()
        drawn = [each for each in self._draws(rng, observations) if self._fits(each, seconds_left)]
        if not drawn:
            return None
        best = drawn[int(np.argmax(self._promise(drawn, observations, seconds_left)))]
        return Suggestion(best.model, best.strategy, best.parameters, "sampler")

    def note(self, trial: Trial) -> None:
        """Learn from a trial as it is now: also while it waits or runs, and again when it has changed."""
        if trial.origin == "baseline":
            return
        if trial.origin == "probe":
            value = merit(self._metric, trial.metrics)
            if math.isfinite(value):
                self._probes[trial.model] = value
        self._avoidance.note(trial)
        self._costs.note(trial)
        self._foresight.note(trial)
        self._trials[trial.id] = trial
        self._known.add(_configuration(trial))

    def trained(self) -> dict[str, float]:
        """Return the best merit after some training by model, of those that were trained."""
        found: dict[str, float] = {}
        for trial in self._trials.values():
            trains = trial.origin != "probe" and any(point.update > 0 for point in trial.curve)
            if trains and trial.state is not TrialState.FAILED:
                value = merit_of_training(self._metric, trial)
                found[trial.model] = max(value, found.get(trial.model, value))
        return found

    @property
    def probes(self) -> dict[str, float]:
        """Merit of the linear probe by model."""
        return dict(self._probes)

    def _admit(self, models: Sequence[str], count: int) -> None:
        situations = {model: self._candidates[model] for model in models}
        weights = {model: self._probability(model) for model in models}
        ordered = by_gain_per_second(
            self._space,
            models,
            situations,
            weights={} if any(math.isnan(each) for each in weights.values()) else model_weights(models, weights),
            seconds=lambda start: self._cost(start),
        )
        self._starts.extend(ordered[:count])

    def _cost(self, one: Start | Observation) -> float:
        """Return the predicted seconds of a full run, rounded to a power of two: choices must not hang on more."""
        seconds = self._costs.seconds(one.model, one.strategy, one.parameters) if self._timed else math.nan
        return 2.0 ** round(math.log2(seconds)) if seconds > 0 else seconds

    def _probability(self, model: str) -> float:
        return self._standings[model].probability_best if model in self._standings else math.nan

    def _shortened(self, start: Start, seconds_left: float) -> Start:
        """Return the start with the longest run that is predicted to fit, if the space has a shorter one."""
        entries = self._space.strategy(start.strategy).active(self._situations[start.model])
        lengths = [entry.choices for entry in entries if entry.name == "updates" and entry.kind == "categorical"]
        present = start.parameters.get("updates")
        if not lengths or not isinstance(present, int):
            return start
        for updates in sorted((each for each in lengths[0] if isinstance(each, int)), reverse=True):
            shorter = Start(start.model, start.strategy, {**start.parameters, "updates": updates})
            fits = not self._costs.seconds(start.model, start.strategy, shorter.parameters) > seconds_left
            if updates <= present and fits:
                return shorter
        return Start(start.model, start.strategy, {**start.parameters, "updates": min(present, *lengths[0])})

    def _fits(self, one: Start | Observation, seconds_left: float) -> bool:
        """Return whether most of a run is predicted to fit; nobody knows before anything was measured."""
        return not self._costs.seconds(one.model, one.strategy, one.parameters) > _OVERRUN * seconds_left

    def _tried(self, one: Start | Observation) -> bool:
        return _configuration(one) in self._known

    def _draws(self, rng: np.random.Generator, observations: Sequence[Observation]) -> list[Observation]:
        """Return different configurations that may be tried."""
        usable = {
            model: situation
            for model, situation in self._candidates.items()
            if not self._avoidance.struck(model) and self._space.active_strategies(situation)
        }
        if not usable:
            return []
        estimator = self._estimator(usable, observations, seed=int(rng.integers(2**31)))
        weights = model_weights(list(usable), {model: self._probability(model) for model in usable})
        share, found = share_of_prior(len(self._trials)), list[Observation]()
        for _ in range(_ATTEMPTS):
            from_prior = rng.random() < share
            drawn = draw(self._space, usable, weights, rng) if from_prior else estimator.draw()
            candidate = Observation(*drawn, value=None)
            if self._avoidance.allows(*drawn) and not self._tried(candidate) and candidate not in found:
                found.append(candidate)
            if len(found) == _DRAWS:
                break
        return found

    def _estimator(
        self, usable: Mapping[str, Situation], observations: Sequence[Observation], *, seed: int
    ) -> ParzenEstimator | NearTheBest:
        """Return what draws: Optuna's estimator while it takes little time, then one whose price is bounded."""
        kind = NearTheBest if len(observations) > _MANY else ParzenEstimator
        return kind(self._space, usable, observations, seed=seed, startup=self._startup)

    def _observations(self) -> list[Observation]:
        trials = [trial for trial in self._trials.values() if trial.origin != "probe"]
        return [
            Observation(trial.model, trial.strategy, trial.parameters, value)
            for trial in trials
            if (value := self._foresight.final_merit(trial)) is None or math.isfinite(value)
        ]

    def _promise(
        self, drawn: Sequence[Observation], observations: Sequence[Observation], seconds_left: float
    ) -> list[float]:
        """Return what each candidate promises: expected improvement over the best so far by cost."""
        values = [each.value for each in observations if each.value is not None]
        best = max([*values, *self._probes.values()], default=0.0)
        probes = self._probes if self._believes else {}
        surrogate = Surrogate(self._space, self._candidates, observations, probes, unit=self._unit(values))
        gains = surrogate.expected_improvement(drawn, best)
        costs = [self._cost(each) for each in drawn]
        known = [cost for cost in costs if math.isfinite(cost) and cost > 0]
        usual = statistics.median(known) if known else 1.0
        return [
            float(gain) / self._price(cost if math.isfinite(cost) else usual, usual, seconds_left)
            for gain, cost in zip(gains, costs, strict=True)
        ]

    def _unit(self, values: Sequence[float]) -> float:
        """Return the usual size of the metric, of an error in the target's unit that of the probes' figures."""
        if not self._metric.in_target_unit:
            return 1.0
        sizes = [abs(value) for value in (list(self._probes.values()) or values) if value]
        return statistics.median(sizes) if sizes else 1.0

    def _price(self, cost: float, usual: float, seconds_left: float) -> float:
        price = float(max(cost, 0.1 * usual) ** _PATIENCE_WITH_COST)
        return price * max(1.0, cost / max(seconds_left, 1e-9))


def _configuration(one: Start | Observation | Trial) -> _Configuration:
    """Return what makes two trials the same."""
    return one.model, one.strategy, frozenset(one.parameters.items())
