"""Why the model says so: pictures and words that carried single predictions, and whether they can be relied on."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from automl_tl.explain.base import VERDICTS, Explanation
from automl_tl.explain.curves import FEWEST_ORDERS
from automl_tl.report.charts.patch_heat import patch_heat, picture
from automl_tl.report.charts.word_heat import word_bars, word_heat
from automl_tl.report.content import ReportContent
from automl_tl.report.environment import render_template
from automl_tl.report.privacy import AggregateMap
from automl_tl.report.sections.base import Section, sections

__all__ = ["Explanations", "MethodFigure", "method_figures", "verdict_of"]

_CARD_BYTES = 900_000
"""Room for cards on the page, whose drawings hold each picture up to four times."""

_CHECKS = {
    "faithful": ("good", "✓ faithful", "the parts in red move the model"),
    "weak": ("caution", "~ weak", "to be read with care"),
    "failed": ("bad", "✕ failed", "do not rely on this one"),
}
_UNCHECKED = "it was not checked whether the parts move the model more than others in their place"
_SHAPLEY = "Shapley values"
_SAME = 0.95
_CLEAR = 2.0
"""Standard errors from zero."""


@dataclass(frozen=True)
class Card:
    """One prediction as the page shows it: ``check`` is tone, badge and remark, ``facts`` are short sentences."""

    entry: Explanation
    right: bool
    pictures: tuple[tuple[str, Markup], ...]
    check: tuple[str, str, str] | None
    facts: tuple[str, ...]


@dataclass(frozen=True)
class MethodFigure:
    """One method over all explanations that have it: mean insertion minus deletion and mean agreement.

    ``note`` is what a reader should know; where no explanation has the method, the reason.
    """

    method: str
    count: int
    gap: float
    agreement: float
    evaluations: float
    note: str = ""


class Explanations(Section):
    """One card per explained prediction, or aggregate maps where raw inputs must not be shown."""

    name = "explanations"
    heading = "Why the model says so"
    position = 60

    def applies(self, content: ReportContent) -> bool:
        """Return whether any prediction was explained, or could not be."""
        return bool(content.explanations or content.unexplained)

    def render(self, content: ReportContent) -> Markup:
        """Return the cards; pictures and words only where ``include_examples`` allows them."""
        cards = tuple(_within_budget(content)) if content.include_examples else ()
        verdicts = [verdict_of(entry) for entry in content.explanations]
        return render_template(
            "sections/explanations.html.j2",
            content=content,
            cards=cards,
            hidden=len(content.explanations) - len(cards),
            aggregates=[_aggregate(entry) for entry in content.aggregates],
            counts=[(name, verdicts.count(name)) for name in VERDICTS if name in verdicts],
            checked=sum(verdict != "" for verdict in verdicts),
            badges=_CHECKS,
            verdict_of=verdict_of,
            methods=method_figures(content.explanations),
            images=content.modality == "image",
        )


def verdict_of(entry: Explanation) -> str:
    """Return ``faithful``, ``weak`` or ``failed``; "" where nothing was checked."""
    if entry.quality is not None:
        return entry.quality.verdict
    return "" if entry.faithfulness is None else entry.faithfulness.verdict


def method_figures(entries: Sequence[Explanation]) -> tuple[MethodFigure, ...]:
    """Return Shapley values first, then each other method, by the same check on the same examples."""
    found: dict[str, list[tuple[float, float, int]]] = {}
    notes: dict[str, list[str]] = {}
    reasons: dict[str, list[str]] = {}
    for entry in entries:
        if entry.faithfulness is None:
            continue
        found.setdefault(_SHAPLEY, []).append((entry.faithfulness.gap, 1.0, entry.evaluations))
        for other in entry.alternatives:
            rows, check = found.setdefault(other.method, []), other.faithfulness
            (reasons if check is None else notes).setdefault(other.method, []).append(other.note)
            if check is not None:
                rows.append((check.gap, other.agreement, other.evaluations))
    return tuple(
        _figure(method, rows, _distinct(notes.get(method, [])), _distinct(reasons.get(method, [])))
        for method, rows in found.items()
    )


def _figure(method: str, rows: list[tuple[float, float, int]], note: str, reason: str) -> MethodFigure:
    columns = np.array(rows, dtype=float).reshape(-1, 3).T
    gap, agreement, evaluations = (float(np.nanmean(each)) if _any(each) else math.nan for each in columns)
    missing = f"elsewhere: {reason}" if rows and reason else reason
    told = "; ".join(filter(None, (note, missing)))
    return MethodFigure(method, len(rows), gap, agreement, evaluations, told)


def _distinct(told: Sequence[str]) -> str:
    return "; ".join(dict.fromkeys(filter(None, told)))


def _any(column: NDArray[np.float64]) -> bool:
    return bool(np.isfinite(column).any())


def _within_budget(content: ReportContent) -> Iterator[Card]:
    """Yield the cards for which there is room, those that are too large left out."""
    left = _CARD_BYTES
    for entry in content.explanations:
        card = _card(entry, content)
        size = sum(len(drawing.encode()) for _, drawing in card.pictures)
        if size <= left:
            left -= size
            yield card


def _card(entry: Explanation, content: ReportContent) -> Card:
    pictures = _word_pictures(entry) if entry.grid is None else _patch_pictures(entry, entry.grid)
    return Card(
        entry, _is_right(entry) or content.numbers is not None, pictures, _check(entry), tuple(_facts(entry))
    )


def _is_right(entry: Explanation) -> bool:
    """Return whether the answer is right; older reports say so by their words only."""
    return entry.true_class == entry.predicted_class if entry.right is None else entry.right


def _check(entry: Explanation) -> tuple[str, str, str] | None:
    """Return tone, badge and remark: with how many orders the explained one was compared, or that it was not."""
    verdict = verdict_of(entry)
    if not verdict:
        return None
    tone, badge, remark = _CHECKS[verdict]
    curves = (entry.faithfulness,) if entry.quality is None else entry.quality.curves[:1]
    compared = sum(len(curve.random_gaps) for curve in curves if curve is not None)
    if verdict == "faithful":
        chance = max((curve.once_in for curve in curves if curve is not None), default=1)
        told = f"more than {compared} other orders of parts do (one at random would pass once in {chance})"
        return tone, badge, f"{remark}, {told}"
    return tone, badge, _UNCHECKED if verdict == "weak" and compared < FEWEST_ORDERS else remark


def _facts(entry: Explanation) -> list[str]:
    """Return what was measured about one explanation, in short."""
    quality = entry.quality
    facts = [note[:1].upper() + note[1:] + "." for note in entry.notes]
    facts += _sureness(entry)
    if quality is None:
        return facts
    facts += [reason[:1].upper() + reason[1:] + "." for reason in quality.reasons]
    measured = []
    if quality.additivity_gap <= quality.additivity_limit:
        measured.append(f"adds up to {quality.additivity_gap:.0e} of the output")
    if math.isfinite(quality.stability):
        measured.append(f"order under another seed {_signed(quality.stability)}")
    if math.isfinite(quality.randomised_correlation):
        measured.append(f"with random weights {_signed(quality.randomised_correlation)}")
    if measured:
        facts.append("Checks: " + ", ".join(measured) + ".")
    return facts


def _sureness(entry: Explanation) -> list[str]:
    """Return how far the contributions to the first answer may be off, in their own unit."""
    if entry.standard_errors is None or not len(entry.standard_errors):
        return []
    errors, sizes = entry.standard_errors[:, 0], np.abs(entry.values[:, 0])
    if not np.isfinite(errors).all():
        return ["Standard errors of the parts are not known."]
    if not errors.any():
        return ["Contributions are exact: all combinations of parts were asked."]
    beyond = int((sizes > _CLEAR * errors).sum())
    return [
        f"Standard error of a part: typically {np.median(errors):.2g}, largest {errors.max():.2g}, where the "
        f"largest contribution is {sizes.max():.2g}; {beyond} of {len(sizes)} parts are clear of zero by two of "
        "them."
    ]


def _signed(value: float) -> str:
    return f"{value:.2f}".replace("-", "\N{MINUS SIGN}")


def _columns(entry: Explanation) -> list[tuple[str, NDArray[np.float64]]]:
    """Return what is drawn: the first two outputs, and their difference where it tells something else."""
    drawn = [(f"what speaks for “{name}”", entry.values[:, place]) for place, name in enumerate(entry.names[:2])]
    if len(drawn) > 1 and not _alike(entry.values[:, 0], entry.contrast):
        drawn.append((f"why “{entry.names[0]}” and not “{entry.names[1]}”", entry.contrast))
    return drawn


def _alike(one: NDArray[np.float64], other: NDArray[np.float64]) -> bool:
    if len(one) < 2 or not np.ptp(one) or not np.ptp(other):
        return True
    return float(np.corrcoef(one, other)[0, 1]) > _SAME


def _patch_pictures(entry: Explanation, grid: tuple[int, int]) -> tuple[tuple[str, Markup], ...]:
    pictures = []
    if entry.preview_png is not None:
        pictures.append(("the picture", picture(entry.preview_png, f"Test picture {entry.row_id}.")))
    columns = _columns(entry)
    limit = max((float(np.abs(values).max(initial=0.0)) for _, values in columns), default=0.0)
    for caption, values in columns:
        strongest = ", ".join(entry.feature_names[i] for i in np.argsort(-values)[:3])
        text = f"Contributions by patch, {caption}; strongest: {strongest}."
        heat = patch_heat(values, grid, limit=limit, png=entry.preview_png, description=text)
        pictures.append((caption, heat))
    return tuple(pictures)


def _word_pictures(entry: Explanation) -> tuple[tuple[str, Markup], ...]:
    values = entry.values[:, 0]
    limit = float(np.abs(values).max(initial=0.0))
    heat = word_heat(entry.feature_names, values, limit=limit)
    bars = word_bars(entry.feature_names, values)
    drawn = [("", heat), (f"strongest words for and against “{entry.names[0]}”", bars)]
    if len(entry.names) > 1 and not _alike(values, entry.contrast):
        caption = f"why “{entry.names[0]}” and not “{entry.names[1]}”"
        drawn.append((caption, word_bars(entry.feature_names, entry.contrast)))
    return tuple(drawn)


def _aggregate(entry: AggregateMap) -> tuple[str, Markup]:
    name = f"“{entry.predicted_class}”" if entry.predicted_class else "all answers"
    text = f"Mean size of contributions by patch, {name}, over {entry.count} pictures."
    heat = patch_heat(entry.values, entry.grid, limit=float(entry.values.max()), png=None, description=text)
    return f"{name}, mean of {entry.count} pictures", heat


sections.register(Explanations.name, Explanations())
