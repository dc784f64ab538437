"""One self-contained page: no script, nothing fetched, the same bytes for the same content."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from automl_tl.report.content import ReportContent, from_json, to_json
from automl_tl.report.environment import render_template
from automl_tl.report.sections.base import Section, ordered_sections

__all__ = ["CONTENT_SECURITY_POLICY", "render_html"]

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
)


_MOST_BYTES = 2_000_000
_TOO_LARGE = Markup(
    '<div class="box unknown"><p>This part would make the page larger than 2 MB;'
    " the JSON report has all of it.</p></div>"
)


def render_html(content: ReportContent) -> str:
    """Return the report as one HTML document, under 2 MB.

    The content passes through its JSON first, so that the page shows exactly what the JSON report says: raw inputs
    that must not be shown are gone before any template sees them. Sections keep themselves short; where they do
    not, the largest gives way to a sentence that says so, until the page fits.
    """
    shown = from_json(to_json(content))
    parts = [(section, section.render(shown)) for section in ordered_sections(shown)]
    while len((page := _page(shown, parts)).encode()) >= _MOST_BYTES:
        largest = max(range(len(parts)), key=lambda place: len(parts[place][1]))
        if parts[largest][1] == _TOO_LARGE:
            break
        parts[largest] = (parts[largest][0], _TOO_LARGE)
    return page


def _page(content: ReportContent, parts: Sequence[tuple[Section, Markup]]) -> str:
    policy, title = CONTENT_SECURITY_POLICY, _title(content)
    return str(render_template("page.html.j2", content=content, parts=parts, policy=policy, title=title))


def _title(content: ReportContent) -> str:
    kind = {"image": "pictures", "text": "texts"}.get(content.modality, content.modality)
    return f"A model that tells “{content.target}” from {kind}"
