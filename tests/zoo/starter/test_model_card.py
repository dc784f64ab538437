"""The page for people."""

import pytest

from automl_tl.zoo.starter.cards import read_record, starter_cards, starter_directory
from automl_tl.zoo.starter.model_card import MODEL_CARD_FILE, model_card_text

NAMES = [card.model for card in starter_cards()]


@pytest.mark.parametrize("name", NAMES)
def test_the_shipped_page_is_what_the_card_says(name):
    """No figure was written by hand."""
    directory = starter_directory(name)
    assert (directory / MODEL_CARD_FILE).read_text("utf-8") == model_card_text(read_record(directory))


@pytest.mark.parametrize("name", NAMES)
def test_a_page_says_what_people_ask(name):
    """Domain, licence, accuracy on the source task, recipe, limits, how to make it again."""
    record = read_record(starter_directory(name))
    page = model_card_text(record)
    for wanted in (record["data"]["description"], "Apache-2.0", f"{record['source_accuracy']:.1%}", "## Limits"):
        assert wanted in page
    assert f"automl-tl zoo pretrain {name}" in page
    assert ("Never shown in pretraining" in page) == (record["modality"] == "text")
