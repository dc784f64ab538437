"""Averages only from three pictures on."""

import dataclasses
import json

import numpy as np
import pytest

from automl_tl.explain.overview.base import ConfidentError, LabelIssue, Neighbours
from automl_tl.report.content import from_json, to_json
from automl_tl.report.html import render_html
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


def numbers():
    """A report on numbers in which single rows have theirs wherever one can stand."""
    content = sample_number_report()
    entry = dataclasses.replace(
        sample_text_report().explanations[0],
        true_class="73.25",
        predicted_class="31.5",
        runner_up_class="",
        probability=float("nan"),
    )
    overview = dataclasses.replace(
        content.overview,
        neighbours=(Neighbours("1", "31.5", False, ("9",), ("73.25",), (0.9,), float("nan")),),
        errors=(ConfidentError(0, "1", "73.25", "31.5", 41.75),),
        errors_total=1,
        label_issues=(LabelIssue(0, "1", "test", "73.25", "31.5", 7.31),),
        label_issues_total=1,
        label_issues_expected=float("nan"),
    )
    return dataclasses.replace(content, explanations=(entry,), overview=overview)


def test_single_true_numbers_are_not_told_without_examples():
    """Neither as they are nor by the exact distance from an answer; ids and answers stay, and the page says so."""
    content = dataclasses.replace(numbers(), include_examples=False)
    written = to_json(content)
    assert "73.25" not in json.dumps(written)
    (error,), (issue,) = written["overview"]["errors"], written["overview"]["label_issues"]
    assert (error["row_id"], error["said"], error["surprise"]) == ("1", "31.5", 40.0)
    assert (issue["row_id"], issue["suggested"], issue["score"]) == ("1", "31.5", 7.0)
    page = render_html(content)
    assert page.count("The true numbers of single examples are left out") == 2
    assert "the true numbers of single examples are left out too" in page
    allowed = render_html(dataclasses.replace(content, include_examples=True))
    assert "73.25" in allowed
    assert "are left out" not in allowed


def test_single_neighbours_are_not_told_without_examples():
    """How many agree with the answer stays; which they are, with their labels, goes."""
    content = sample_image_report(include_examples=False)
    first, *_ = to_json(content)["overview"]["neighbours"]
    assert (first["row_ids"], first["labels"], first["cosines"]) == ([], [], [])
    assert (first["row_id"], first["right"], first["agreement"]) == ("digits/0001.png", True, 0.8)
    page = render_html(content)
    assert "digits/0612.png" not in page
    assert "Which examples these are, with their labels, is left out" in page
    assert "right answers (1), 80 % of them" in page
    shown = render_html(sample_image_report())
    assert "digits/0612.png" in shown
    assert "Which examples these are" not in shown


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
