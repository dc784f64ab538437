"""The sample reports are the same every time."""

from automl_tl.report.content import to_json
from automl_tl.testing.report_sample import sample_image_report, sample_text_report


def test_same_seed_same_content():
    """And explanations are additive like real ones."""
    for sample in (sample_image_report, sample_text_report):
        again = sample.__wrapped__()
        assert to_json(sample()) == to_json(again)
        assert all(entry.additivity_gap < 1e-12 for entry in sample().explanations)
