"""From the runs of a search to the plan of the final model: a step is taken only if held-out examples say so."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial

import numpy as np
from numpy.typing import NDArray

from automl_tl.finetune.contest import RETRAINING, Evidence, Verdict, against_probe
from automl_tl.finetune.decision import Decision, paired_gain, weigh
from automl_tl.finetune.ensemble import select_members
from automl_tl.finetune.final_plan import FinalPlan, Run, blends, probe_of
from automl_tl.finetune.fitted import FittedModel
from automl_tl.finetune.metrics import all_metrics, improves, metrics
from automl_tl.finetune.mixture import mixed
from automl_tl.finetune.probe_choice import held_out_in_time
from automl_tl.finetune.refit import checking_seconds
from automl_tl.finetune.rivals import FinishedRun, best_probe, best_tuned
from automl_tl.finetune.soup import average, greedy_soup
from automl_tl.finetune.strategies.base import strategies
from automl_tl.finetune.tasks.base import learning_tasks
from automl_tl.finetune.temperature import choose_temperature, log_probabilities, scaled
from automl_tl.finetune.thresholds import choose_thresholds
from automl_tl.finetune.trial import LoadModel
from automl_tl.finetune.wise import SHARES, interpolate
from automl_tl.finetune.workload import Workload

__all__ = ["Finishing", "plan_final_model"]

_FLOOR = "floor"
_QUICK = ("mixture", "temperature", "thresholds")
_MOST_INGREDIENTS = 4
_MOST_RIVALS = 4


@dataclass(frozen=True)
class Finishing:
    """The plan, the model that it gives before retraining, and every decision on the way in order.

    Attributes
    ----------
    probe
        Id of the model with the best linear probe, by validation alone where there was no time to ask more rows;
        "" where there was none to choose from.
    row_seconds
        What the plan's leading run took to answer one row.
    """

    plan: FinalPlan
    model: FittedModel
    decisions: tuple[Decision, ...]
    probe: str = ""
    row_seconds: float = 0.0


def plan_final_model(
    workload: Workload,
    runs: Sequence[FinishedRun],
    *,
    checkpoint: Callable[[Run], FittedModel],
    load_model: LoadModel,
    remaining: Callable[[], float],
    seed: int,
    ensemble: bool = False,
    mixing: bool = True,
) -> Finishing:
    """Choose fine-tuned run, probe or both; then soup, interpolation, ensemble, temperature and thresholds.

    Parameters
    ----------
    runs
        The search's usable runs, the winner first; linear probes are among them.
    checkpoint
        Returns the checkpoint of a run.
    remaining
        Seconds left; steps for which there is no time are left out, and their decisions say so.
    ensemble
        Whether several backbones may answer together.
    mixing
        Whether the linear probe may answer beside the fine-tuned model.
    """
    return _Steps(workload, runs, checkpoint, load_model, remaining, seed, mixing).all(ensemble)


@dataclass(frozen=True)
class _Choice:
    """The best probe, the best fine-tuned run, which of them answers, and the probe's answers on validation."""

    probe: Run
    tuned: Run
    verdict: Verdict
    floor: NDArray[np.floating]

    @property
    def both(self) -> bool:
        return 0 < self.verdict.part < 1

    @property
    def parts(self) -> tuple[float, ...]:
        return (self.verdict.part, 1 - self.verdict.part) if self.both else ()


class _Steps:
    """The state of one planning: the present plan with its answers on the validation part."""

    def __init__(
        self,
        workload: Workload,
        runs: Sequence[FinishedRun],
        checkpoint: Callable[[Run], FittedModel],
        load_model: LoadModel,
        remaining: Callable[[], float],
        seed: int,
        mixing: bool,
    ) -> None:
        self._workload, self._runs, self._seed = workload, runs, seed
        self._checkpoint, self._load_model, self._remaining = checkpoint, load_model, remaining
        self._metric = metrics.get(workload.metric)
        self._labels, self._groups = workload.validation.labels, workload.validation.groups
        self._improves = partial(improves, self._metric)
        self._task = learning_tasks.get(workload.task)
        self._plan = FinalPlan((runs[0].run,))
        self._model = checkpoint(runs[0].run)
        self._row_seconds: dict[str, float] = {}
        self._answers = self._answers_of(self._model)
        self._decisions: list[Decision] = []
        self._mixing = mixing
        self._choice: _Choice | None = None
        self._best_plain = next((each.run.model for each in runs if each.run.plain_probe), "")

    def all(self, ensemble: bool) -> Finishing:
        """Take every step that time allows."""
        for step, name in (
            (self._fine_tuning, "fine-tuning"),
            (self._soup, "soup"),
            (self._interpolation, "interpolation"),
            *(((self._mixture, "mixture"),) if self._mixing else ()),
            *(((self._ensemble, "ensemble"),) if ensemble else ()),
            (self._floor, _FLOOR),
            *(((self._temperature, "temperature"),) if self._task.has_temperature else ()),
            *(((self._thresholds, "thresholds"),) if self._task.decides_by_threshold else ()),
        ):
            # What looks at no example takes no time that retraining could miss.
            if name == _FLOOR or self._remaining() > (0.0 if name in _QUICK else self._kept()):
                step()
            else:
                self._decisions.append(Decision(name, False, "the time set aside for it was used up"))
        pace = self._row_seconds.get(self._plan.lead.model, 0.0)
        return Finishing(self._plan, self._model, tuple(self._decisions), self._best_plain, pace)

    def _kept(self) -> float:
        """Return what retraining the present lead and checking it will take: seconds that no step may use up."""
        lead = self._plan.lead
        run = next((each.seconds for each in self._runs if each.run == lead and lead.fine_tuned), 0.0)
        again = max(run, self._choice.verdict.fold_seconds if run and self._choice else 0.0)
        return RETRAINING * again + self._checks(lead)

    def _checks(self, run: Run) -> float:
        return checking_seconds(self._workload, run, self._row_seconds.get(run.model, 0.0))

    def _fine_tuning(self) -> None:
        """Choose between the best fine-tuned run and the best linear probe."""

        @cache
        def answers_of(run: Run) -> NDArray[np.float32]:
            return self._answers_of(self._checkpoint(run))

        tuned = best_tuned(
            self._runs,
            self._metric,
            labels=self._labels,
            answers=answers_of,
            calibrated=self._task.has_temperature,
        )
        probe = self._probe(answers_of)
        if tuned is None:
            self._decisions.append(Decision("fine-tuning", False, self._why_none_is_tuned()))
            if probe is not None and probe.run != self._plan.lead:
                self._plan, self._model = FinalPlan((probe.run,)), self._checkpoint(probe.run)
                self._answers = self._answers_of(self._model)
        if tuned is None or probe is None:
            return
        answers = {run: answers_of(run) for run in (probe.run, tuned.run)}
        checks = self._checks(tuned.run)
        verdict = against_probe(
            self._workload,
            tuned.run,
            probe.run,
            answers=(answers[probe.run], answers[tuned.run]),
            run_seconds=tuned.seconds,
            seed=self._seed,
            remaining=lambda: self._remaining() - checks,
            load_model=self._load_model,
            mixing=self._mixing,
        )
        self._decisions.append(verdict.fine_tuning)
        self._choice = _Choice(probe.run, tuned.run, verdict, answers[probe.run])
        chosen = tuned.run if verdict.part > 0 else probe.run
        self._plan, self._model, self._answers = FinalPlan((chosen,)), self._checkpoint(chosen), answers[chosen]

    def _why_none_is_tuned(self) -> str:
        trained = [each for each in self._runs if strategies.get(each.run.recipe.strategy).trains_by_gradient]
        if not trained:
            return "the search has no run of fine-tuning that can be used: none was tried, or all failed"
        if not any(each.looked for each in trained):
            return "time was over before any fine-tuning run came to its first look at validation"
        return "no fine-tuned checkpoint came within a standard error of the linear probe it started from"

    def _probe(self, answers: Callable[[Run], NDArray[np.floating]]) -> FinishedRun | None:
        found = best_probe(self._workload, self._runs, answers=answers, seed=self._seed, remaining=self._remaining)
        if found is None:
            return None
        self._best_plain = found.plain
        self._decisions.extend(found.decisions)
        return found.finished

    def _soup(self) -> None:
        lead = self._plan.lead
        others = [
            each.run
            for each in self._runs
            if each.run.model == lead.model and each.run.trial != lead.trial and blends(each.run)
        ][: _MOST_INGREDIENTS - 1]
        if not blends(lead) or not others:
            return
        runs = [lead, *others]
        models = [self._model, *(self._checkpoint(run) for run in others)]
        chosen = greedy_soup(models, self._figures, self._improves)
        if len(chosen) == 1:
            reason = f"none of {len(others)} further checkpoints did no harm to the average"
            self._decisions.append(Decision("soup", False, reason, settings={"models": 1}))
            return
        model = average([models[index] for index in chosen])
        plan = dataclasses.replace(self._plan, runs=tuple(runs[index] for index in chosen))
        self._offer("soup", plan, model, {"models": len(chosen)})

    def _interpolation(self) -> None:
        """Offer the best of the shares: the others would be chances for luck."""
        if not blends(self._plan.lead):
            return
        if self._choice is not None and self._choice.both:
            reason = "the pretrained weights have their part already: the linear probe answers beside it"
            self._decisions.append(Decision("interpolation", False, reason))
            return
        pretrained = probe_of(self._workload, self._plan.lead, self._load_model)
        offers = {share: interpolate(pretrained, self._model, share) for share in SHARES}
        figures = {share: self._figures(model) for share, model in offers.items()}
        best = SHARES[-1]
        for share in SHARES[:-1]:
            if self._improves(figures[share], figures[best]):
                best = share
        plan = dataclasses.replace(self._plan, share=best)
        self._offer("interpolation", plan, offers[best], {"share": best})

    def _mixture(self) -> None:
        """Let the probe answer beside the fine-tuned model, as far as the choice between them said so."""
        choice = self._choice
        if choice is None or choice.verdict.mixture is None:
            return
        self._decisions.append(choice.verdict.mixture)
        if choice.both:
            probe, parts = choice.probe, choice.parts
            self._plan = dataclasses.replace(self._plan, members=(probe,), parts=parts)
            self._model = dataclasses.replace(self._model, members=(self._checkpoint(probe),), parts=parts)
            self._answers = self._answers_of(self._model)

    def _ensemble(self) -> None:
        rivals: dict[str, Run] = {}
        for each in self._runs:
            if each.run.model != self._plan.lead.model:
                rivals.setdefault(each.run.model, each.run)
        runs = list(rivals.values())[:_MOST_RIVALS]
        if not runs:
            self._decisions.append(Decision("ensemble", False, "no other backbone was tried"))
            return
        models = [self._checkpoint(run) for run in runs]
        answers = [self._answers, *(self._answers_of(model) for model in models)]
        chosen = select_members(answers, self._labels, self._improves)[1:]
        if not chosen:
            reason = f"none of {len(runs)} other backbones improves the mean of the answers"
            self._decisions.append(Decision("ensemble", False, reason))
            return
        members = (*self._plan.members, *(runs[index - 1] for index in chosen))
        others = (*self._model.members, *(models[index - 1] for index in chosen))
        model = dataclasses.replace(self._model, members=others, parts=())
        names = ", ".join(run.model for run in (self._plan.lead, *members))
        plan = dataclasses.replace(self._plan, members=members, parts=())
        self._offer("ensemble", plan, model, {"models": names})

    def _floor(self) -> None:
        """Go back to the linear probe from a model that validation puts below it, whatever the time.

        The choice between the two seldom makes one; a soup beside the probe may be one, or a run alone where there
        was no time left to let the probe answer beside it. By a metric of probabilities both are compared as each
        would be calibrated.
        """
        choice = self._choice
        if choice is None:
            return
        ours, probe = (self._as_calibrated(each) for each in (self._answers, choice.floor))
        gain = paired_gain(self._metric, self._labels, ours, probe, seed=self._seed, groups=self._groups)
        if not self._metric.better(gain.after, gain.before):
            return
        self._decisions.append(Decision(_FLOOR, True, "validation puts it first", (gain,), "validation"))
        self._plan, self._model = FinalPlan((choice.probe,)), self._checkpoint(choice.probe)
        self._answers = np.asarray(choice.floor)

    def _as_calibrated(self, answers: NDArray[np.floating]) -> NDArray[np.floating]:
        """Return answers on validation at the temperature that it finds for them, where the metric asks for it."""
        if not (self._metric.of_probabilities and self._task.has_temperature and self._remaining() > 0):
            return answers
        scores = log_probabilities(answers)
        return scaled(scores, choose_temperature(scores, self._labels, seed=self._seed, groups=self._groups)[0])

    def _temperature(self) -> None:
        """Calibrate on validation; a linear probe on every row, held out in turn, where there is time for that."""
        lead, labels, groups, evidence = self._plan.lead, self._labels, self._groups, "validation"
        answers: NDArray[np.floating] = self._answers
        if lead.plain_probe and not self._plan.members:
            told = held_out_in_time(self._workload, lead, seed=self._seed, remaining=self._remaining)
            if told is not None:
                labels, answers, groups, evidence = told.labels, told.answers, told.groups, "cross-validation"
        elif (seen := self._held_out()) is not None:
            part = self._choice.verdict.part if self._choice else 1.0
            labels, answers, groups = seen.labels, mixed(seen.probe, seen.tuned, part), seen.groups
            evidence = "cross-validation"
        temperature, decision = choose_temperature(
            log_probabilities(answers), labels, seed=self._seed, evidence=evidence, groups=groups
        )
        self._decisions.append(decision)
        self._plan = dataclasses.replace(self._plan, temperature=temperature)
        self._model = dataclasses.replace(self._model, temperature=temperature)

    def _held_out(self) -> Evidence | None:
        """Return what the folds said of the present plan, None where they did not try just this."""
        choice, plan = self._choice, self._plan
        if choice is None or choice.verdict.evidence is None or not choice.verdict.evidence.folds:
            return None
        members = (choice.probe,) if choice.both else ()
        as_tried = plan == FinalPlan((choice.tuned,), members=members, parts=choice.parts)
        return choice.verdict.evidence if as_tried else None

    def _thresholds(self) -> None:
        """Tune on validation from which probability on each label is decided for."""
        thresholds, decision = choose_thresholds(
            self._labels, self._answers, metric=self._metric.name, seed=self._seed, groups=self._groups
        )
        self._decisions.append(decision)
        self._plan = dataclasses.replace(self._plan, thresholds=thresholds)
        self._model = dataclasses.replace(self._model, thresholds=thresholds)

    def _offer(
        self, step: str, plan: FinalPlan, model: FittedModel, settings: Mapping[str, int | float | str]
    ) -> None:
        """Weigh a changed model against the present one, and take it if it is kept."""
        answers = self._answers_of(model)
        decision = weigh(
            step,
            self._metric,
            self._labels,
            self._answers,
            answers,
            seed=self._seed,
            settings=settings,
            groups=self._groups,
        )
        self._decisions.append(decision)
        if decision.kept:
            self._plan, self._model, self._answers = plan, model, answers

    def _answers_of(self, model: FittedModel) -> NDArray[np.float32]:
        """Return the answers on validation; of a model alone, note how long it takes for a row."""
        began = time.perf_counter()
        answers = model.answers(self._workload.validation.inputs)
        if not model.members:
            self._row_seconds[model.card.id] = (time.perf_counter() - began) / max(1, len(answers))
        return answers

    def _figures(self, model: FittedModel) -> dict[str, float]:
        return all_metrics(self._labels, self._answers_of(model))
