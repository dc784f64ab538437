"""The model card and its YAML block."""

from dataclasses import replace

import pytest
import yaml

from automl_tl.errors import InvalidInput
from automl_tl.finetune.evaluation import Evaluation, Interval
from automl_tl.report.content import from_json, to_json
from automl_tl.report.model_card import card_metadata, check_metadata, render_card
from automl_tl.testing.report_sample import sample_image_report, sample_number_report, sample_text_report
from automl_tl.testing.report_section import hostile

SAMPLES = [sample_image_report(), sample_text_report(), sample_number_report()]


@pytest.mark.parametrize("content", SAMPLES, ids=["pictures", "texts", "numbers"])
def test_the_hubs_own_reader_finds_the_results(content):
    """As huggingface_hub parses cards, with every test figure in the model index."""
    from huggingface_hub import ModelCard

    data = ModelCard(render_card(content)).data
    measured = content.evaluation("final").metrics
    assert {round(float(entry.metric_value), 4) for entry in data.eval_results} == {
        round(value.value, 4) for value in measured.values()
    }
    assert data.library_name == "automl-tl"
    assert data.license == "apache-2.0"
    assert not data.base_model  # a starter model is on no hub


def test_a_model_of_the_hub_is_named_as_there():
    """timm's models live under timm/."""
    content = sample_image_report()
    for model, name in (("timm:resnet18.a1_in1k", "timm/resnet18.a1_in1k"), ("hf:org/net", "org/net")):
        assert card_metadata(replace(content, final=replace(content.final, model=model)))["base_model"] == name


def test_the_same_content_gives_the_same_card():
    """Also after a trip through JSON."""
    content = sample_image_report()
    assert render_card(from_json(to_json(content))) == render_card(content)


def test_others_text_is_neither_markup_nor_yaml_nor_an_example():
    """Script, links, headings and quotes stay text; pictures and words are never in it."""
    card = render_card(hostile(sample_text_report()))
    _, front, body = card.split("---\n", maxsplit=2)
    assert "<script" not in body.replace("\\<", "")
    block = yaml.safe_load(front)
    assert block["license"] == "other"
    check_metadata(block)
    assert "friendly" not in render_card(sample_text_report())


def test_figures_that_are_not_known_are_left_out():
    """NaN is no YAML that the hub reads."""
    nan = float("nan")
    content = replace(
        sample_image_report(), evaluations=(Evaluation("final", "", {"accuracy": Interval(nan, nan, nan)}),)
    )
    assert "model-index" not in card_metadata(content)


@pytest.mark.parametrize(
    ("block", "message"),
    [
        ({"model-index": []}, "model-index"),
        ({"model-index": [{"name": "a", "results": [{"task": {"type": "x"}}]}]}, "dataset"),
        ({"base_model": "no slash"}, "OWNER/NAME"),
        ({"license": 3}, "license"),
    ],
)
def test_a_block_that_the_hub_would_refuse_is_refused_here(block, message):
    """With the key."""
    with pytest.raises(InvalidInput, match=message):
        check_metadata(block)
