"""Averages only from three pictures on."""

import dataclasses
import json
import re

import numpy as np
import pytest

from automl_tl.data.load import load_dataset
from automl_tl.data.profile import profile
from automl_tl.data.target import bind_target
from automl_tl.explain.overview.base import ConfidentError, LabelIssue, Neighbours
from automl_tl.finetune.evaluation import Predictions
from automl_tl.report.content import from_json, to_json
from automl_tl.report.html import render_html
from automl_tl.report.model_card import render_card
from automl_tl.report.numbers import number_figures
from automl_tl.report.privacy import FEWEST, aggregate_maps, averaged, without_example, without_true_numbers
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


def test_errors_by_quarter_do_not_tell_the_ends():
    """Nor anything of quarters with fewer than five rows; fewer than five rows have no figures at all."""
    shown = averaged(sample_number_report().numbers)
    assert [entry.count for entry in shown.ranges] == [30] * 4
    assert [(entry.low is None, entry.high is None) for entry in shown.ranges] == [
        (True, False),
        (False, False),
        (False, False),
        (False, True),
    ]
    assert averaged(told(18, 3.5)).ranges[0].low is None
    assert [entry.count for entry in averaged(told(18, 3.5)).ranges] == [5, 5]
    assert averaged(told(6, 3.5)).ranges == ()
    few = averaged(told(4, 3.5))
    assert (few.count, few.true, few.ranges) == (4, (), ())
    assert np.isnan([few.half_within, few.most_within]).all()


def told(rows, largest):
    """Figures of ``rows`` predictions, of which one true number is ``largest``."""
    true = np.append(np.linspace(1.0, 3.0, rows - 1), largest)
    answers = np.linspace(1.2, 2.9, rows)[:, None].astype(np.float32)
    return number_figures(Predictions(np.arange(rows), true, answers), "price")


def profile_of(directory, rows, largest):
    """A profile of texts with prices: ``rows`` in the test part, two of them copies; one costs ``largest``."""
    lines = ["text,price,split", f"twin,{largest},test", f"twin,{largest - 1},test"]
    lines += [f"text {row},{1 + row / 7:.3f},{'train' if row % 3 else 'validation'}" for row in range(60)]
    lines += [f"test {row},{1 + row / 5:.3f},test" for row in range(rows - 2)]
    (directory / "manifest.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return profile(bind_target(load_dataset(directory), target="price", task="regression")).to_json()


@pytest.mark.parametrize("rows", [3, 6, 40])
def test_the_largest_true_number_is_nowhere(tmp_path, rows):
    """Neither on the page nor in the JSON, in the quarters, the profile, its ranges and its copies."""
    largest = 98765.25
    content = dataclasses.replace(
        sample_number_report(), numbers=told(rows, largest), profile=profile_of(tmp_path, rows, largest)
    )
    hidden = dataclasses.replace(content, include_examples=False)
    for text in (json.dumps(to_json(hidden)), render_html(hidden)):
        assert not re.search(r"9\D{0,8}8\D{0,8}7\D{0,8}6[45]|9\.88e\+04|99\D?000", text)
    shown = dataclasses.replace(content, include_examples=True)
    assert json.dumps(to_json(shown)).count("98765.25") >= 3
    assert to_json(from_json(to_json(hidden))) == to_json(hidden)


def test_quantiles_of_a_profile_stay_where_five_rows_lie_beyond(tmp_path):
    """Of a hundred rows a twentieth, of forty a quarter, of twelve the median; the page says which they are."""
    plain = profile_of(tmp_path, 40, 12.5)
    shown = without_true_numbers(plain)["numbers"]
    assert {part: list(names) for part, names in shown.items()} == {
        "train": ["q25", "median", "q75"],
        "validation": ["q25", "median", "q75"],
        "test": ["q25", "median", "q75"],
    }
    counts = {"train": 100, "validation": 12, "test": 9}
    shown = without_true_numbers({**plain, "part_counts": counts})["numbers"]
    assert [list(names) for names in shown.values()] == [
        ["q05", "q25", "median", "q75", "q95"],
        ["median"],
        [],
    ]
    content = dataclasses.replace(sample_number_report(), profile=plain, include_examples=False)
    assert "a quarter lies below the first" in render_html(content)
    assert (
        "smallest / median / largest" not in render_html(content).split("what is predicted")[1].split("</tr>")[0]
    )


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
