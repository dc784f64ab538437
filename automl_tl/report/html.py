"""One self-contained page: no script, nothing fetched, the same bytes for the same content."""

from __future__ import annotations

from automl_tl.report.content import ReportContent, from_json, to_json
from automl_tl.report.environment import render_template
from automl_tl.report.sections.base import ordered_sections

__all__ = ["CONTENT_SECURITY_POLICY", "render_html"]

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
)


def render_html(content: ReportContent) -> str:
    """Return the report as one HTML document, under 2 MB.

    The content passes through its JSON first, so that the page shows exactly what the JSON report says: raw inputs
    that must not be shown are gone before any template sees them.
    """
    shown = from_json(to_json(content))
    parts = [(section, section.render(shown)) for section in ordered_sections(shown)]
    page = render_template(
        "page.html.j2", content=shown, parts=parts, policy=CONTENT_SECURITY_POLICY, title=_title(shown)
    )
    return str(page)


def _title(content: ReportContent) -> str:
    kind = {"image": "pictures", "text": "texts"}.get(content.modality, content.modality)
    return f"A model that tells “{content.target}” from {kind}"
