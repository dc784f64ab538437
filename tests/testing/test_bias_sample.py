"""The sample has something in every part, so that contract tests of sections see it."""

from automl_tl.testing.report_sample import sample_image_report, sample_text_report


def test_every_part_of_the_report_is_filled():
    """Between pictures and texts."""
    pictures, texts = sample_image_report().fairness, sample_text_report().fairness
    assert pictures.slices.flagged
    assert pictures.spurious
    assert pictures.finalists
    assert any(entry.offered for entry in pictures.mitigation)
    assert pictures.reliability.bins
    assert {entry.kind for entry in texts.inherited} == {"term_swap", "embedding_association"}
    assert texts.changes[0].direction == "better"
