"""What the data looks like: parts, classes, duplicates, rows that were left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from automl_tl.report.charts.class_bars import class_bars
from automl_tl.report.content import ReportContent
from automl_tl.report.environment import render_template
from automl_tl.report.sections.base import Section, sections
from automl_tl.report.wording import plural

__all__ = ["Data"]

_PARTS = ("train", "validation", "test")
_SIZE_KEYS = ("min", "median", "max")
_SPREADS = {
    _SIZE_KEYS: "smallest / median / largest",
    ("q05", "median", "q95"): "5 % lie below the first, half below the second, 95 % below the third",
    (
        "q25",
        "median",
        "q75",
    ): "a quarter lies below the first, half below the second, three quarters below the third",
    ("median",): "median",
}
"""What is told of predicted numbers, and what it is; where no row's own may be shown, the ends are missing."""


class Data(Section):
    """Counts, balance and what a reader should be warned of."""

    name = "data"
    heading = "The data"
    position = 20

    def render(self, content: ReportContent) -> Markup:
        """Return class bars and the facts of the profile; keys that an older profile lacks are left out."""
        profile = content.profile
        counts = profile.get("class_counts") or {}
        return render_template(
            "sections/data.html.j2",
            content=content,
            parts=_PARTS,
            chart=class_bars(counts, _PARTS) if counts else Markup(""),
            facts=_facts(content),
            warnings=[entry for entry in profile.get("warnings") or [] if entry not in content.warnings],
            issues=profile.get("issues") or [],
            issues_total=profile.get("issues_total") or 0,
            groups=profile.get("group_counts") or {},
            notes=profile.get("group_notes") or {},
            sizes={name: _spread(values) for name, values in sorted((profile.get("sizes") or {}).items())},
        )


def _facts(content: ReportContent) -> list[tuple[str, str]]:
    profile = content.profile
    facts = [("what one row is", {"image": "a picture", "text": "a text"}.get(content.modality, content.modality))]
    facts.append(("what is predicted", _predicted(content)))
    source = content.split_source or str(profile.get("split_source", ""))
    facts.append(("how the parts were made", _source(source, numbers=bool(profile.get("numbers")))))
    if profile.get("group_by"):
        facts.append(("kept together", f"rows with the same “{profile['group_by']}” never cross two parts"))
    if profile.get("split_groups"):
        held = ", ".join(f"{part} {profile['split_groups'].get(part, 0)}" for part in _PARTS)
        facts.append(("groups in each part", held))
    if profile.get("unlabelled"):
        facts.append(("rows without a label", f"{profile['unlabelled']}, not used"))
    if "unreadable" in profile:
        facts.append(("rows left out", str(profile["unreadable"] or "none")))
    duplicates = profile.get("duplicates")
    if isinstance(duplicates, Mapping):
        facts.append(("identical inputs", _duplicates(duplicates)))
    return facts


def _predicted(content: ReportContent) -> str:
    if content.task == "regression":
        spread = (content.profile.get("numbers") or {}).get("train") or {}
        keys = next((keys for keys in _SPREADS if spread.keys() >= set(keys)), ())
        told = f"; in the training part {_spread(spread, keys)} ({_SPREADS[keys]})" if keys else ""
        return f"the number in the column “{content.target}”{told}"
    noun = "labels, any number of them per row" if content.task == "multilabel" else "classes"
    return f"the column “{content.target}”, {len(content.class_names)} {noun}"


def _source(source: str, *, numbers: bool) -> str:
    if source.startswith("column:"):
        return f"as the column “{source.removeprefix('column:')}” says"
    in_proportion = "the whole range of numbers" if numbers else "every class"
    return f"drawn at random, {in_proportion} in proportion" if source in ("", "drawn") else source


def _duplicates(duplicates: Mapping[str, Any]) -> str:
    if not duplicates.get("groups"):
        return "none"
    crossing = duplicates.get("groups_across_parts", 0)
    text = f"{duplicates['rows']} rows in {plural(duplicates['groups'], 'set')} of copies"
    return (
        f"{text}; {plural(crossing, 'set lies', 'sets lie')} in more than one part"
        if crossing
        else f"{text}, none across parts"
    )


def _spread(values: Mapping[str, float], keys: Sequence[str] = _SIZE_KEYS) -> str:
    return " / ".join(f"{values[key]:g}" for key in keys if key in values)


sections.register(Data.name, Data())
