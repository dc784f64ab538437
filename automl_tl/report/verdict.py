"""The top of the report: a few plain statements, each with a light that says how to take it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from automl_tl.fairness.base import AttributeReport, FairnessReport
from automl_tl.fairness.summary import words
from automl_tl.finetune.evaluation import Evaluation
from automl_tl.report.content import ReportContent
from automl_tl.report.leaks import examples_tested, is_leaky
from automl_tl.report.wording import (
    figure,
    interval,
    metric_label,
    percent,
    plain_number,
    plural,
    points_interval,
    signed_points,
    strategy_label,
)

__all__ = ["LIGHTS", "Statement", "compare", "verdict"]

LIGHTS = {"good": "✓", "caution": "!", "bad": "✕", "unknown": "?"}
"""Every light has its own sign, so that it can be read without colour."""

_RIVALS = {
    "linear probe": "a linear probe (the pretrained model left as it is)",
    "from scratch": "the same network trained from scratch",
    "classical": "a classical method without any pretrained model",
}
"""Baselines in the order in which they are spoken of; constant answers only decide how good is good."""

_CONSTANTS = {
    "majority class": "always naming the most frequent class",
    "mean": "always telling the mean",
    "median": "always telling the median",
    "label frequencies": "always telling how frequent each label is",
}


_SMALLER = "smaller model"


_FINAL = "final model"
"""What tests of inherited bias call the model of the report; others are of earlier states."""

_WIDE = 0.3
"""Width of an interval, as a share of an error or of half the way from 0 to 1, from which it is called wide."""


@dataclass(frozen=True)
class Statement:
    """One card of the verdict: question, light, short answer and the sentences behind it."""

    question: str
    light: str
    answer: str
    sentences: tuple[str, ...]


def verdict(content: ReportContent) -> tuple[Statement, ...]:
    """Return the statements in reading order: which model, how good, worth it, for whom."""
    return (_which(content), _how_good(content), _worth_it(content), _for_whom(content))


def compare(content: ReportContent, other: Evaluation) -> str:
    """Return ``better``, ``worse``, ``undecided``, ``unknown`` or ``same``: the final model against ``other``.

    A difference whose interval is unknown decides nothing; nobody is better than itself at another temperature.
    """
    if other.same_model:
        return "same"
    difference = other.difference
    if difference is None:
        return "unknown"
    low, high = difference.low, difference.high
    if not content.higher_is_better:
        low, high = -high, -low
    if low > 0:
        return "better"
    return "worse" if high < 0 else "undecided"


def _which(content: ReportContent) -> Statement:
    final = content.final
    usable = len(content.ranking.usable())
    position = next((row.rank for row in content.ranking.models if row.model == final.model), 0)
    sentences = [
        f"{plural(usable, 'pretrained model was', 'pretrained models were')} compared on this data, then "
        f"{plural(len(content.trials), 'way of adapting them was', 'ways of adapting them were')} tried."
    ]
    if position:
        sentences.append(f"Before any fine-tuning this model stood in place {position} of the ranking.")
    if final.licence:
        sentences.append(f"Licence of the pretrained weights: {final.licence}.")
    made = _start(strategy_label(final.strategy, final.beside))
    return Statement("Which model?", "good", final.model, (f"{made}.", *sentences))


def _how_good(content: ReportContent) -> Statement:
    final = content.evaluation("final")
    label = metric_label(content.metric)
    if final is None or content.metric not in final.metrics:
        return Statement("How good is it?", "unknown", "not measured", (f"No test {label} was measured.",))
    measured = final.metrics[content.metric]
    width = measured.high - measured.low
    sentences = [
        f"Test {label} on {examples_tested(content)}.",
        f"95 % interval: {interval(measured, content.metric)}.",
    ]
    constant = next((entry for entry in content.evaluations if entry.name in _CONSTANTS), None)
    light = "good"
    if math.isnan(width):
        light = "caution"
        sentences.append("All test examples are of one group: nothing tells how another group would fare.")
    elif constant is not None and compare(content, constant) in ("undecided", "worse"):
        light = "bad"
        sentences.append(f"That is not clearly better than {_CONSTANTS[constant.name]}.")
    elif width > _WIDE * (abs(measured.value) if content.metric in ("mae", "rmse") else 0.5):
        light = "caution"
        sentences.append("The interval is wide: with more test examples the figure may turn out quite different.")
    if is_leaky(content):
        light = "bad" if light == "bad" else "caution"
        sentences.append("On new examples it may do worse; remove the copies and measure again.")
    if light == "good":
        sentences.append("Whether that is enough depends on what a mistake costs where the model is used.")
    return Statement("How good is it?", light, figure(measured.value, content.metric), tuple(sentences))


def _worth_it(content: ReportContent) -> Statement:
    question = "Was pretraining and fine-tuning worth it?"
    own = {"final", _SMALLER, *(("linear probe",) if _is_probe(content) else ())}
    rivals = {entry.name: entry for entry in content.evaluations if entry.name not in own}
    ordered = [rivals[name] for name in _RIVALS if name in rivals]
    ordered += [rivals[name] for name in rivals if name not in (*_RIVALS, *_CONSTANTS)]
    if not ordered:
        return Statement(question, "unknown", "not measured", ("No baseline was measured.",))
    outcomes = {entry.name: compare(content, entry) for entry in ordered}
    sentences = (*(_against(content, entry, outcomes[entry.name]) for entry in ordered), *_cheaper(content))
    values = set(outcomes.values())
    if outcomes.get("from scratch") == "worse":
        return Statement(question, "bad", "No: negative transfer", sentences)
    if "worse" in values:
        return Statement(question, "bad", "No: a simpler model does better", sentences)
    if values == {"better"} and "from scratch" not in outcomes:
        unmeasured = "The same network from random weights was not measured: the gain of pretraining is unknown."
        return Statement(question, "caution", "As far as it was measured", (*sentences, unmeasured))
    if values == {"better"}:
        return Statement(question, "good", "Yes", sentences)
    if "better" in values:
        return Statement(question, "caution", "In part", sentences)
    return Statement(question, "unknown" if values == {"unknown"} else "caution", "Cannot be told", sentences)


def _against(content: ReportContent, other: Evaluation, outcome: str) -> str:
    name = _RIVALS.get(other.name, other.name)
    difference = other.difference
    if difference is None:
        return f"It was not compared with {name}."
    bounds = points_interval(difference.low, difference.high, content.metric)
    gap = f"{signed_points(difference.value, content.metric)} (95 % interval {bounds})"
    gap += f", {other.condition}" if other.condition else ""
    if outcome == "better":
        return f"Better than {name}: {gap}."
    if outcome == "worse" and other.name == "from scratch":
        return f"Worse than {name}: {gap}. Pretraining did harm on this task; prefer the model without it."
    if outcome == "worse":
        return f"Worse than {name}: {gap}. Prefer the simpler model."
    return f"No clear difference to {name}: {gap}. More test examples would be needed to tell."


def _is_probe(content: ReportContent) -> bool:
    """Whether the final model is what the baseline is: a linear probe of its own embedding, nothing beside it.

    It is one whatever its temperature. One of other rows or with another penalty answers otherwise, so that the
    two are compared.
    """
    final, probe = content.final, content.evaluation("linear probe")
    own = final.hyperparameters.get("feature_layers", "model") == "model"
    gap = probe.difference if probe is not None else None
    same = probe is not None and probe.same_model
    alike = same or gap is None or gap.low == gap.value == gap.high == 0
    return final.strategy == "linear_probe" and own and not final.beside and alike


def _cheaper(content: ReportContent) -> Iterator[str]:
    """Yield advice to use a cheaper model where the test part cannot tell it from the final one."""
    probe, smaller = content.evaluation("linear probe"), content.evaluation(_SMALLER)
    if _is_probe(content):
        yield "The final model is a linear probe: no fine-tuned model was clearly better on held-out examples."
    elif probe is not None and _as_good(content, probe):
        factor = _times_quicker(content)
        quicker = f": it trains about {factor:.0f} times faster" if factor >= 2 else ""
        yield f"The linear probe is statistically as good; return to it where cost matters{quicker}."
    if smaller is not None and _as_good(content, smaller):
        yield f"A much smaller model is statistically as good ({smaller.description}); cost may decide."


def _as_good(content: ReportContent, other: Evaluation) -> bool:
    """Whether the test part speaks against ``other`` by no interval that is known."""
    known = other.difference is not None and not math.isnan(other.difference.low)
    return known and compare(content, other) in ("undecided", "worse")


def _times_quicker(content: ReportContent) -> float:
    """Return how many times longer the final model's trial took than a linear probe; 0 if that is not known."""
    final = next((trial.seconds for trial in content.trials if trial.id == content.final.trial), 0.0)
    probes = [trial.seconds for trial in content.trials if trial.strategy == "linear_probe" and trial.seconds > 0]
    return final / min(probes) if probes else 0.0


def _for_whom(content: ReportContent) -> Statement:
    question, fairness = "For whom does it fail?", content.fairness
    light, answer, found = _without_groups(fairness)
    if fairness is None or not fairness.attributes:
        text = "No sensitive attribute was named, so nothing can be said about groups."
        return Statement(question, light, answer or "not examined", (*found, text))
    every = (*fairness.attributes, *fairness.intersections)
    gaps = [entry for entry in every if entry.verdict == "violation"]
    silent = [entry for entry in fairness.attributes if entry.verdict == "insufficient_evidence"]
    summaries = tuple(entry.summary for entry in (gaps or fairness.attributes)[:3])
    if gaps:
        return Statement(question, "bad", _worst_off(gaps[0]), (*summaries, *found))
    if found:
        return Statement(question, light, answer, (*found, *summaries))
    if silent:
        return Statement(question, "unknown", "Not enough data", summaries)
    return Statement(question, "caution", "No evidence of a gap", summaries)


def _without_groups(fairness: FairnessReport | None) -> tuple[str, str, tuple[str, ...]]:
    """Return light, answer and sentences of what was found without a named group; unknown and "" for nothing."""
    if fairness is None:
        return "unknown", "", ()
    slices = fairness.slices if fairness.slices is not None and fairness.slices.flagged else None
    inherited = [test for test in fairness.inherited if (test.model, test.verdict) == (_FINAL, "violation")]
    shortcuts = [probe for probe in fairness.spurious if probe.verdict == "shortcut"]
    sentences = [slices.summary] if slices else []
    sentences += [test.summary for test in inherited] + [probe.summary for probe in shortcuts]
    if slices:
        answer = f"A slice of similar examples ({percent(slices.flagged[0].error_rate)} errors)"
        return "bad", answer, tuple(sentences)
    if inherited:
        return "caution", f"It brought a bias along ({inherited[0].what})", tuple(sentences)
    if shortcuts:
        return "caution", f"It may take a shortcut ({shortcuts[0].trait})", tuple(sentences)
    return "unknown", "", ()


def _worst_off(attribute: AttributeReport) -> str:
    """Return attribute, group and the figure of the violation: ``scanner: degraded (accuracy 80.2 %)``."""
    group = next((row for row in attribute.groups if row.group == attribute.worst_group), None)
    rate = group.rates.get(attribute.worst_rate) if group is not None else None
    text = f"{attribute.attribute}: {attribute.worst_group}"
    if rate is None or rate.value is None:
        return text
    shown = percent(rate.value) if rate.method == "wilson" else plain_number(rate.value)
    return f"{text} ({words(attribute.worst_rate)} {shown})"


def _start(text: str) -> str:
    return text[:1].upper() + text[1:]
