"""A bias report as a page of its own, for predictions of any model."""

from __future__ import annotations

from markupsafe import Markup

from automl_tl.fairness.base import FairnessReport
from automl_tl.json_codec import from_plain, to_plain
from automl_tl.report.environment import render_template
from automl_tl.report.html import CONTENT_SECURITY_POLICY
from automl_tl.report.sections.bias import render_bias

__all__ = ["render_bias_page"]


def render_bias_page(report: FairnessReport) -> str:
    """Return one HTML document that loads and runs nothing; the same bytes for the same report.

    The report passes through its JSON first, so that the page shows exactly what the JSON says.
    """
    shown = from_plain(FairnessReport, to_plain(report))
    parts = [("groups", "Groups that were named", render_bias(shown))] if shown.attributes else []
    parts += _further(shown)
    page = render_template(
        "bias_page.html.j2", report=shown, parts=parts, policy=CONTENT_SECURITY_POLICY, title="Bias report"
    )
    return str(page)


def _further(report: FairnessReport) -> list[tuple[str, str, Markup]]:
    """Return anchor, heading and body of the parts that need no named group."""
    return []
