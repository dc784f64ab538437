"""What the model looks at in many examples: maps and words by class, columns, nearest examples."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup

from automl_tl.explain.base import Explanation
from automl_tl.explain.overview.base import ClassMap, ColumnInfluence, Neighbours, Overview
from automl_tl.report.charts.patch_heat import patch_heat
from automl_tl.report.content import ReportContent
from automl_tl.report.environment import render_template
from automl_tl.report.sections.base import Section, sections
from automl_tl.report.sections.explanations import verdict_of

__all__ = ["GlobalExplanations"]

_MOST_CLASSES = 12


@dataclass(frozen=True)
class Agreement:
    """Mean share of the nearest training examples whose label is what the model says, over ``count`` examples."""

    name: str
    count: int
    share: float


class GlobalExplanations(Section):
    """Averages over the explained samples, each with its interval."""

    name = "global_explanations"
    heading = "What the model looks at in many examples"
    position = 62

    def applies(self, content: ReportContent) -> bool:
        """Return whether anything was found over many examples."""
        found = content.overview
        return found is not None and bool(
            found.class_maps or found.class_words or found.columns or found.neighbours or found.notes
        )

    def render(self, content: ReportContent) -> Markup:
        """Return maps, words, columns and neighbours as far as there are any."""
        found = content.overview
        assert found is not None
        return render_template(
            "sections/global_explanations.html.j2",
            found=found,
            maps=[_map(entry) for entry in _largest(found)],
            words=sorted(found.class_words, key=lambda entry: -entry.count)[:_MOST_CLASSES],
            hidden=max(len(found.class_maps), len(found.class_words)) - _MOST_CLASSES,
            foretells=_foretells,
            agreements=_agreements(found.neighbours),
            numbers=content.numbers is not None,
            singles=content.include_examples,
            rests_on=_rests_on(found, content.explanations),
        )


def _rests_on(found: Overview, singles: Sequence[Explanation]) -> str:
    """Return in words how far the explanations behind maps and words were checked; "" where it is not known."""
    if found.samples_additive is None or found.samples_checked is None:
        return ""
    unchecked = found.samples - found.samples_checked
    told = f"{found.samples_additive} of the {found.samples} explanations averaged add up to the model's answer"
    if unchecked:
        told += f"; {unchecked} of them were not checked one by one beyond that"
    verdicts = [verdict for verdict in map(verdict_of, singles) if verdict]
    if verdicts:
        faithful = verdicts.count("faithful")
        told += f". Of the single explanations above, {faithful} of the {len(verdicts)} checked were faithful"
    return f"{told}."


def _largest(found: Overview) -> list[ClassMap]:
    return sorted(found.class_maps, key=lambda entry: (-entry.count, entry.predicted_class))[:_MOST_CLASSES]


def _map(entry: ClassMap) -> tuple[str, Markup]:
    sure = (entry.low > 0) | (entry.high < 0)
    values = np.where(sure, entry.mean, 0.0)
    limit = float(np.abs(values).max(initial=0.0))
    text = (
        f"Mean contributions to “{entry.predicted_class}” by patch over {entry.count} pictures; "
        f"{int(sure.sum())} of {len(sure)} patches have an interval that excludes zero."
    )
    heat = patch_heat(values, entry.grid, limit=limit, png=None, description=text)
    return f"“{entry.predicted_class}”, {entry.count} pictures", heat


def _foretells(entry: ColumnInfluence) -> bool:
    return entry.low > 0 and entry.share > entry.chance


def _agreements(neighbours: tuple[Neighbours, ...]) -> list[Agreement]:
    found = []
    for name, right in (("right answers", True), ("wrong answers", False)):
        shares = [entry.agreement for entry in neighbours if entry.right is right]
        if shares:
            found.append(Agreement(name, len(shares), float(np.mean(shares)) if shares else math.nan))
    return found


sections.register(GlobalExplanations.name, GlobalExplanations())
