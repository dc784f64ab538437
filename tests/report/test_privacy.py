"""Averages only from three pictures on."""

import numpy as np

from automl_tl.report.privacy import FEWEST, aggregate_maps, without_example
from automl_tl.testing.report_sample import sample_image_report, sample_text_report


def test_a_map_is_the_mean_size_over_all_pictures():
    """Six pictures of five predicted classes: only the overall map has enough."""
    entries = sample_image_report().explanations
    (overall,) = aggregate_maps(entries)
    assert (overall.predicted_class, overall.count, overall.grid) == ("", 6, (8, 8))
    assert np.allclose(overall.values, np.mean([np.abs(entry.values[:, 0]) for entry in entries], axis=0))


def test_fewer_than_three_pictures_give_no_map():
    """And texts give none at all."""
    assert aggregate_maps(sample_image_report().explanations[: FEWEST - 1]) == ()
    assert aggregate_maps(sample_text_report().explanations * 3) == ()


def test_an_explanation_without_its_example_keeps_the_answer():
    """Id, classes and probability stay."""
    bare = without_example(sample_text_report().explanations[0])
    assert (bare.row_id, bare.predicted_class) == ("1", "complaint")
    assert (bare.feature_names, bare.preview_png, bare.values.shape) == ((), None, (0, 2))
