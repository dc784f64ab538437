"""The section ``limits`` keeps the contract of sections."""

from automl_tl.report.sections.limits import Limits
from automl_tl.testing.report_sample import sample_image_report, sample_text_report
from automl_tl.testing.report_section import ReportSectionContract


class TestContract(ReportSectionContract):
    section = Limits()


def test_limits_follow_from_what_was_measured():
    """Few test rows, no attributes and unknown licence each add a sentence."""
    from dataclasses import replace

    text = sample_text_report()
    html = Limits().render(replace(text, final=replace(text.final, licence="")))
    assert "only 40 test examples" in html
    assert "No sensitive attribute was named" in html
    assert "licence of the pretrained weights is not stated" in html
    assert "No prediction sets were asked for" in html
    asked = replace(text, spec={**text.spec, "conformal": {"alpha": 0.1}})
    assert "No prediction sets" not in Limits().render(asked)
    assert "No prediction sets" not in Limits().render(replace(text, task="multilabel"))
    assert "by “scanner”, “writer_age” only" in Limits().render(sample_image_report())
