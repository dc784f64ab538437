"""Hard limits on candidate models: which of them a model breaks, in words."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from automl_tl.pipeline.spec import ModelFilter
from automl_tl.probe.cost import ModelCost
from automl_tl.zoo.card import ModelCard

__all__ = ["Breach", "broken_by_card", "broken_by_cost", "cause", "tally"]

_MEGABYTE = 1e6


@dataclass(frozen=True)
class Breach:
    """One limit that one model breaks.

    Attributes
    ----------
    rule
        Field of :class:`~automl_tl.pipeline.spec.ModelFilter`.
    found
        What the model has, for people; "" where that is unknown.
    size
        The same as a number where the limit is one, NaN else.
    reason
        The sentence that stands in the ranking: rule, limit and value.
    """

    rule: str
    found: str
    size: float
    reason: str


def broken_by_card(card: ModelCard, models: ModelFilter) -> tuple[Breach, ...]:
    """Return the limits of which is known before loading that the model breaks them.

    A licence that nobody states is not among the acceptable ones; a number of parameters that the card does not
    know is counted after loading.
    """
    return (*_parameters(card.parameters, models), *_licence(card.licence, models))


def broken_by_cost(cost: ModelCost, models: ModelFilter) -> tuple[Breach, ...]:
    """Return the limits that the loaded model breaks; what could not be measured cannot be shown to keep them."""
    latency = _measured(
        "max_latency_ms",
        models.max_latency_ms,
        cost.latency_ms,
        f"{cost.latency_ms:.3g} ms",
        f"takes {cost.latency_ms:.3g} ms for one example on {cost.device}",
        cost.notes.get("latency_ms", ""),
    )
    size = cost.inference_bytes / _MEGABYTE
    memory = _measured(
        "max_memory_mb",
        models.max_memory_mb,
        size,
        f"{size:.3g} MB",
        f"needs {size:.3g} MB to predict one example",
        cost.notes.get("inference_bytes", ""),
    )
    return (*_parameters(cost.parameters, models), *latency, *memory)


def tally(breaches: Sequence[Sequence[Breach]], models: ModelFilter) -> str:
    """Return which limit keeps out how many models and how near the nearest of them comes; "" for none.

    Parameters
    ----------
    breaches
        What each model breaks; a model may break several limits and counts for each.
    """
    parts = []
    for rule in _rules(breaches):
        broken = [breach for model in breaches for breach in model if breach.rule == rule]
        nearest = min(broken, key=lambda breach: math.inf if math.isnan(breach.size) else breach.size)
        kinds = ", ".join(sorted({breach.found or "unknown" for breach in broken}))
        hint = f"they have {kinds}" if rule == "licences" else f"the least is {nearest.found or 'unknown'}"
        parts.append(f"{_limit(rule, models)} keeps out {len(broken)} of {len(breaches)} ({hint})")
    return "; ".join(parts)


def cause(breaches: Sequence[Sequence[Breach]]) -> str:
    """Return the field of the spec to look at first: the limit that every model breaks, else the whole filter."""
    for rule in _rules(breaches):
        if all(any(breach.rule == rule for breach in model) for model in breaches):
            return f"models.{rule}"
    return "models"


def _rules(breaches: Iterable[Sequence[Breach]]) -> tuple[str, ...]:
    """Return the rules that are broken, the most general first."""
    broken = {breach.rule for model in breaches for breach in model}
    return tuple(name for name in ModelFilter.model_fields if name in broken)


def _parameters(parameters: int, models: ModelFilter) -> tuple[Breach, ...]:
    if not models.max_parameters or parameters <= models.max_parameters:
        return ()
    reason = f"it has {parameters:,} parameters, more than {_limit('max_parameters', models)}"
    return (Breach("max_parameters", f"{parameters:,}", float(parameters), reason),)


def _licence(licence: str, models: ModelFilter) -> tuple[Breach, ...]:
    """SPDX identifiers are compared without regard to case, as SPDX says (specification 2.3, annex D)."""
    if not models.licences or licence.casefold() in {known.casefold() for known in models.licences}:
        return ()
    reason = f"its licence {licence} is" if licence else "its licence is unknown and so"
    return (Breach("licences", licence, math.nan, f"{reason} not among {_limit('licences', models)}"),)


def _measured(rule: str, limit: float, size: float, found: str, has: str, why: str) -> tuple[Breach, ...]:
    if not limit or size <= limit:
        return ()
    if math.isnan(size):
        reason = f"it cannot be shown to keep {rule} = {limit:g}: {why or 'it was not measured'}"
        return (Breach(rule, "", size, reason),)
    return (Breach(rule, found, size, f"it {has}, more than {rule} = {limit:g}"),)


def _limit(rule: str, models: ModelFilter) -> str:
    value = getattr(models, rule)
    shown = (
        ", ".join(value)
        if isinstance(value, tuple)
        else f"{value:,}"
        if rule == "max_parameters"
        else f"{value:g}"
    )
    return f"{rule} = {shown}"
