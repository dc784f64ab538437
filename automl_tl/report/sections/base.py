"""What a section of the report is; one file, one template and one registration each."""

from __future__ import annotations

from abc import ABC, abstractmethod
from importlib import import_module

from markupsafe import Markup

from automl_tl.registry import Registry
from automl_tl.report.content import ReportContent

__all__ = ["Section", "ordered_sections", "sections"]


class Section(ABC):
    """One part of the page.

    Attributes
    ----------
    name
        Anchor of the section, unique.
    heading
        What the section answers, in plain words.
    position
        Place on the page; smaller stands higher. Built-in sections use multiples of 10.
    """

    name: str
    heading: str
    position: int

    def applies(self, content: ReportContent) -> bool:
        """Return whether there is anything to show."""
        return True

    @abstractmethod
    def render(self, content: ReportContent) -> Markup:
        """Return the HTML below the heading: no script, no address outside the file, user text escaped."""


def _load_builtin() -> None:
    names = (
        "summary",
        "data",
        "ranking",
        "trials",
        "model_choice",
        "final_model",
        "test_metrics",
        "number_errors",
        "label_errors",
        "explanations",
        "global_explanations",
        "second_look",
        "reliability",
        "bias",
        "slices",
        "inherited",
        "mitigation",
        "load",
        "reproducibility",
        "record",
        "limits",
    )
    for name in names:
        import_module(f"automl_tl.report.sections.{name}")


sections: Registry[Section] = Registry("report_section", _load_builtin)


def ordered_sections(content: ReportContent) -> tuple[Section, ...]:
    """Return the sections that apply, in page order."""
    present = (sections.get(name) for name in sections.names())
    return tuple(sorted((s for s in present if s.applies(content)), key=lambda s: (s.position, s.name)))
