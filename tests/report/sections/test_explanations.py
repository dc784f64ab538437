"""The section ``explanations`` keeps the contract of sections."""

from automl_tl.report.sections.explanations import Explanations
from automl_tl.testing.report_sample import sample_image_report, sample_text_report
from automl_tl.testing.report_section import ReportSectionContract


class TestContract(ReportSectionContract):
    section = Explanations()


def test_examples_are_shown_only_where_allowed():
    """With include_examples the words and pictures, without it neither; redaction happens on the way out."""
    from automl_tl.report.content import from_json, to_json

    assert "friendly" in Explanations().render(sample_text_report())
    assert "data:image/png" in Explanations().render(sample_image_report())
    for private in (sample_text_report(include_examples=False), sample_image_report(include_examples=False)):
        html = Explanations().render(from_json(to_json(private)))
        assert "friendly" not in html
        assert "data:image/png" not in html
        assert "Raw examples are not shown" in html


def test_too_many_pictures_stay_in_the_json():
    """The page has room for about 700 kB of pictures."""
    from dataclasses import replace

    content = sample_image_report()
    heavy = replace(content.explanations[0], preview_png=content.explanations[0].preview_png + bytes(100_000))
    html = Explanations().render(replace(content, explanations=(heavy,) * 6))
    assert "4 more explanations are in the JSON report" in html
    assert len(html) < 1_200_000
