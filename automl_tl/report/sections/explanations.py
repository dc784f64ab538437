"""Why the model says so: pictures and words that carried single predictions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup

from automl_tl.explain.base import Explanation
from automl_tl.report.charts.patch_heat import patch_heat, picture
from automl_tl.report.charts.word_heat import word_bars, word_heat
from automl_tl.report.content import ReportContent
from automl_tl.report.environment import render_template
from automl_tl.report.privacy import AggregateMap
from automl_tl.report.sections.base import Section, sections

__all__ = ["Explanations"]

_PICTURE_BYTES = 700_000
"""Room for pictures on the page; each is shown twice or three times and base64 adds a third."""

_CHECKS = {
    "faithful": "check passed: the red parts really move the model, more than any random order of parts",
    "weak": "check weak: the red parts move the model only a little more than random ones",
    "failed": "check failed: the red parts move the model no more than random ones; do not rely on this one",
}


@dataclass(frozen=True)
class Card:
    """One prediction as the page shows it."""

    entry: Explanation
    right: bool
    pictures: tuple[tuple[str, Markup], ...]
    check: str


class Explanations(Section):
    """One card per explained prediction, or aggregate maps where raw inputs must not be shown."""

    name = "explanations"
    heading = "Why the model says so"
    position = 60

    def applies(self, content: ReportContent) -> bool:
        """Return whether any prediction was explained."""
        return bool(content.explanations)

    def render(self, content: ReportContent) -> Markup:
        """Return the cards; pictures and words only where ``include_examples`` allows them."""
        shown = _within_budget(content.explanations) if content.include_examples else ()
        verdicts = [e.faithfulness.verdict for e in content.explanations if e.faithfulness is not None]
        return render_template(
            "sections/explanations.html.j2",
            content=content,
            cards=[_card(entry) for entry in shown],
            hidden=len(content.explanations) - len(shown),
            aggregates=[_aggregate(entry) for entry in content.aggregates],
            checked=len(verdicts),
            passed=verdicts.count("faithful"),
            largest_gap=max(entry.additivity_gap for entry in content.explanations),
            images=any(entry.grid is not None for entry in content.explanations),
        )


def _within_budget(entries: Sequence[Explanation]) -> tuple[Explanation, ...]:
    chosen, spent = [], 0
    for entry in entries:
        spent += 3 * len(entry.preview_png or b"")
        if spent <= _PICTURE_BYTES:
            chosen.append(entry)
    return tuple(chosen)


def _card(entry: Explanation) -> Card:
    check = "" if entry.faithfulness is None else _CHECKS.get(entry.faithfulness.verdict, "")
    pictures = _word_pictures(entry) if entry.grid is None else _patch_pictures(entry, entry.grid)
    return Card(entry, entry.true_class == entry.predicted_class, pictures, check)


def _patch_pictures(entry: Explanation, grid: tuple[int, int]) -> tuple[tuple[str, Markup], ...]:
    limit = float(np.abs(entry.values).max(initial=0.0))
    pictures = []
    if entry.preview_png is not None:
        pictures.append(("the picture", picture(entry.preview_png, f"Test picture {entry.row_id}.")))
    for column, name in enumerate((entry.predicted_class, entry.runner_up_class)):
        strongest = ", ".join(entry.feature_names[i] for i in np.argsort(-entry.values[:, column])[:3])
        text = f'Contributions to "{name}" by patch; strongest for it: {strongest}.'
        heat = patch_heat(entry.values[:, column], grid, limit=limit, png=entry.preview_png, description=text)
        pictures.append((f"what speaks for “{name}”", heat))
    return tuple(pictures)


def _word_pictures(entry: Explanation) -> tuple[tuple[str, Markup], ...]:
    values = entry.values[:, 0]
    limit = float(np.abs(values).max(initial=0.0))
    heat = word_heat(entry.feature_names, values, limit=limit)
    bars = word_bars(entry.feature_names, values)
    return (("", heat), (f"strongest words for and against “{entry.predicted_class}”", bars))


def _aggregate(entry: AggregateMap) -> tuple[str, Markup]:
    name = f"“{entry.predicted_class}”" if entry.predicted_class else "all answers"
    text = f"Mean size of contributions by patch, {name}, over {entry.count} pictures."
    heat = patch_heat(entry.values, entry.grid, limit=float(entry.values.max()), png=None, description=text)
    return f"{name}, mean of {entry.count} pictures", heat


sections.register(Explanations.name, Explanations())
