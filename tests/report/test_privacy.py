"""Averages only from three pictures on."""

import dataclasses
import json

import numpy as np
import pytest

from automl_tl.report.content import from_json, to_json
from automl_tl.report.model_card import render_card
from automl_tl.report.privacy import FEWEST, aggregate_maps, averaged, without_example
from automl_tl.report.sections.base import ordered_sections
from automl_tl.testing.report_sample import sample_image_report, sample_number_report, sample_text_report


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


def test_pairs_of_label_and_answer_become_means_of_five():
    """No row's number can be read off; few rows give no points at all."""
    figures = sample_number_report().numbers
    shown = averaged(figures)
    assert len(shown.true) == len(figures.true) // 5
    assert shown.averaged == 5
    assert not set(shown.true) & set(figures.true)
    assert np.isclose(np.mean(shown.true), np.mean(figures.true), rtol=0.02)
    assert averaged(shown) == shown
    few = averaged(dataclasses.replace(figures, true=(1.0, 2.0), predicted=(1.0, 3.0)))
    assert few.true == ()


CANARY = "zq7canary"


def _with_canaries(content):
    """Return the content with a word that only single inputs hold, wherever such a word can stand."""
    plain = to_json(dataclasses.replace(content, include_examples=True))
    for entry in plain["explanations"]:
        entry["feature_names"] = [f"{CANARY}{n}" for n, _ in enumerate(entry["feature_names"])]
    slices = plain["fairness"]["slices"]
    for card in (slices or {"slices": []})["slices"]:
        card["enrichment"] = {
            f"\N{LEFT DOUBLE QUOTATION MARK}{CANARY}\N{RIGHT DOUBLE QUOTATION MARK}": 3.0,
            "source=web": 2.0,
        }
    for words in (plain["overview"] or {}).get("class_words", []):
        words["words"] = [{**word, "word": CANARY, "texts": 1} for word in words["words"]]
    return dataclasses.replace(from_json(plain), include_examples=False)


@pytest.mark.parametrize("sample", [sample_image_report, sample_text_report])
def test_no_section_and_no_field_shows_what_single_inputs_hold(sample):
    """Page by section, JSON, and card: neither word nor picture nor contribution of one example."""
    content = _with_canaries(sample())
    written = json.dumps(to_json(content))
    assert CANARY not in written
    assert CANARY not in render_card(content)
    shown = from_json(json.loads(written))
    for section in ordered_sections(shown):
        html = str(section.render(shown))
        assert CANARY not in html, section.name
        assert "data:image" not in html, section.name
    assert all(entry["preview_png"] is None for entry in json.loads(written)["explanations"])
    assert all(entry["values"]["data"] == [] for entry in json.loads(written)["explanations"])
    allowed = json.dumps(to_json(dataclasses.replace(content, include_examples=True)))
    assert CANARY in allowed
