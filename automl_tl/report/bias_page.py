"""A bias report as a page of its own, for predictions of any model."""

from __future__ import annotations

from markupsafe import Markup

from automl_tl.fairness.base import FairnessReport
from automl_tl.json_codec import from_plain, to_plain
from automl_tl.report.environment import render_template
from automl_tl.report.html import CONTENT_SECURITY_POLICY
from automl_tl.report.sections.bias import render_bias
from automl_tl.report.sections.inherited import render_inherited
from automl_tl.report.sections.mitigation import render_mitigation
from automl_tl.report.sections.reliability import render_reliability
from automl_tl.report.sections.slices import render_slices

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
    parts = []
    if report.slices is not None or report.spurious:
        parts.append(("slices", "Where it fails when nobody names a group", render_slices(report)))
    if report.inherited or report.finalists:
        parts.append(("inherited", "What it brought along", render_inherited(report)))
    if report.mitigation:
        parts.append(("mitigation", "What could be done about it", render_mitigation(report)))
    if report.reliability is not None:
        heading = "How far its probabilities can be trusted"
        parts.append(("reliability", heading, render_reliability(report.reliability)))
    return parts
