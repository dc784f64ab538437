"""Contract of a report section: subclass it and name the section."""

from __future__ import annotations

import dataclasses
import re
from functools import lru_cache
from html.parser import HTMLParser
from typing import Any

from automl_tl.report.content import ReportContent, from_json, to_json
from automl_tl.report.sections.base import Section
from automl_tl.testing.report_sample import (
    sample_image_report,
    sample_label_report,
    sample_number_report,
    sample_text_report,
)

__all__ = ["ReportSectionContract", "hostile"]

_EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"
_OURS = ("schema", "modality", "metric", "metric_direction", "created", "stop_reason")
_FIXED = {"state", "verdict", "strategy", "dtype", "preview_png", "origin", "name", "method"}
_VOID = {"br", "img", "hr", "meta", "link", "input", "wbr"}


def hostile(content: ReportContent) -> ReportContent:
    """Return the content with script in every text that a user, a file or a model hub may have written."""
    plain = to_json(dataclasses.replace(content, include_examples=True))
    for key in _OURS:
        plain.pop(key)
    poisoned = _poison(plain)
    profile = poisoned["profile"]
    for part, counts in profile.get("class_counts", {}).items():
        profile["class_counts"][part] = {name + _EVIL: rows for name, rows in counts.items()}
    profile["group_counts"] = {_EVIL: {_EVIL: {"train": 1}}}
    poisoned["reproducibility"]["versions"][_EVIL] = _EVIL
    poisoned["final"]["hyperparameters"][_EVIL] = _EVIL
    return from_json({**to_json(content), **poisoned, "include_examples": content.include_examples})


def _poison(value: Any, key: str = "") -> Any:
    """Add script to every string and to the names of rates; enumerations and our own names stay."""
    if isinstance(value, dict):
        rename = key in ("rates", "gaps")
        return {_poison(name, "rate_names") if rename else name: _poison(v, name) for name, v in value.items()}
    if isinstance(value, list):
        return [_poison(entry, key) for entry in value]
    ours = key in _FIXED or (key == "rate_names" and value == "accuracy")
    return value + _EVIL if isinstance(value, str) and not ours else value


class _Tags(HTMLParser):
    """Collects tags and attributes and checks that every element is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag not in _VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag, f"</{tag}> closes something else"


class ReportSectionContract:
    """What every section must do; a subclass sets ``section``."""

    section: Section

    def contents(self) -> tuple[ReportContent, ...]:
        """Return contents to try: pictures, pictures that must not be shown, texts."""
        return tuple(content for content in _contents() if self.section.applies(content))

    def test_it_has_a_name_a_heading_and_a_place(self) -> None:
        """The name is an anchor."""
        assert re.fullmatch(r"[a-z][a-z0-9_]*", self.section.name)
        assert self.section.heading.strip()
        assert self.section.position > 0

    def test_it_renders_well_formed_html_that_fetches_and_runs_nothing(self) -> None:
        """No script, handler, form, frame or address outside the file; pictures have a description."""
        contents = self.contents()
        assert contents
        for content in contents:
            _check(str(self.section.render(content)))

    def test_it_escapes_what_others_wrote(self) -> None:
        """Script in any text of the content arrives as text."""
        for content in self.contents():
            html = str(self.section.render(hostile(content)))
            _check(html)
            assert "<script" not in html
            assert "<img" not in html

    def test_it_gives_the_same_bytes_again(self) -> None:
        """Nothing depends on time, hashing or order of keys."""
        for content in self.contents():
            assert self.section.render(content) == self.section.render(content)


@lru_cache(maxsize=1)
def _contents() -> tuple[ReportContent, ...]:
    samples = (
        sample_image_report(),
        sample_image_report(include_examples=False),
        sample_text_report(),
        sample_number_report(),
        sample_label_report(),
    )
    return tuple(from_json(to_json(sample)) for sample in samples)


def _check(html: str) -> None:
    parser = _Tags()
    parser.feed(html)
    parser.close()
    assert not parser.open, f"left open: {parser.open}"
    assert not parser.tags & {"script", "form", "iframe", "object", "embed", "link", "base", "foreignobject"}
    for tag, name, value in parser.attributes:
        assert not name.startswith("on"), f"{tag} has the handler {name}"
        if name in ("href", "src", "xlink:href"):
            assert value.startswith(("#", "data:image/png;base64,")), f"{tag} points to {value[:60]!r}"
        if name == "style":
            assert "url(" not in value
    labels = [(tag, name) for tag, name, _ in parser.attributes]
    assert html.count("<svg") == labels.count(("svg", "aria-label"))
