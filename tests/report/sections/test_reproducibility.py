"""The section ``reproducibility`` keeps the contract of sections."""

from automl_tl.report.sections.reproducibility import ReproducibilitySection
from automl_tl.testing.report_sample import sample_image_report, sample_text_report
from automl_tl.testing.report_section import ReportSectionContract


class TestContract(ReportSectionContract):
    section = ReproducibilitySection()


def test_seed_versions_and_digests_are_there():
    """And the whole spec."""
    for content in (sample_image_report(), sample_text_report()):
        html = ReproducibilitySection().render(content)
        assert "automl-tl run digits" in html
        assert "5f5f5f" in html
        assert "writer_age" in html
