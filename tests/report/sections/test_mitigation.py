"""The section ``mitigation`` keeps the contract of sections."""

from dataclasses import replace
from html import unescape

from automl_tl.fairness import audit
from automl_tl.fairness.findings import Mitigation
from automl_tl.report.sections.mitigation import Remedies, render_mitigation
from automl_tl.testing.report_sample import sample_image_report, sample_text_report
from automl_tl.testing.report_section import ReportSectionContract


class TestContract(ReportSectionContract):
    section = Remedies()


def test_offers_and_refusals_have_reasons():
    """And the price of accuracy with its sign."""
    html = Remedies().render(sample_image_report())
    assert "offered</span>" in html
    assert "needs two classes" in html
    assert html.count("in place of the model") == 1
    assert "\N{MINUS SIGN}1.5 points" in html
    assert not Remedies().applies(sample_text_report())


def test_an_offered_remedy_says_how_it_is_had():
    """The thresholds of each group, and the file with the heads; without either nothing of the kind."""
    sample = sample_image_report().fairness
    head, other = sample.mitigation
    limits = replace(
        other, offered=True, thresholds={"clean": 0.37, "dusty": 0.61}, threshold_class="forged", reason="narrows"
    )
    kept = (replace(head, file="remedies.safetensors"), limits)
    html = render_mitigation(replace(sample, mitigation=kept))
    assert "“forged” from a probability of 0.37 in “clean”, 0.61 in “dusty”, 0.50 elsewhere" in html
    assert 'load_heads("remedies.safetensors")["balanced_head"].answers(model.embed(inputs))' in unescape(html)
    bare = render_mitigation(sample)
    assert "remedies.safetensors" not in bare
    assert "from a probability" not in bare


def test_where_none_could_be_tried_there_is_one_row_with_the_reason():
    """Nothing is said to have been tried."""
    entry = Mitigation("", "site", "brier_score", False, "not offered: brier score is no rate that ...")
    html = render_mitigation(replace(audit([0, 1], [0, 1], {}), mitigation=(entry,)))
    assert "No remedy" in html
    assert entry.reason in html
    assert "Tried for" not in html
