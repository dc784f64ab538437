"""The section ``mitigation`` keeps the contract of sections."""

from automl_tl.report.sections.mitigation import Remedies
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
