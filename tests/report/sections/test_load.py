"""The section ``load`` keeps the contract of sections."""

from automl_tl.report.sections.load import Load
from automl_tl.testing.report_sample import sample_image_report, sample_text_report
from automl_tl.testing.report_section import ReportSectionContract


class TestContract(ReportSectionContract):
    section = Load()


def test_the_code_names_the_file_and_the_licence():
    """The example fits the modality."""
    html = Load().render(sample_image_report())
    assert "automl_tl.load(&#34;result/model&#34;)" in html or 'automl_tl.load("result/model")' in html
    assert "Apache-2.0" in html
    assert "a text to classify" in Load().render(sample_text_report())
