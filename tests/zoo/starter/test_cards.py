"""Cards of the shipped models."""

import json
import subprocess
import sys

import pytest

from automl_tl.errors import ModelUnavailable
from automl_tl.zoo.starter.cards import read_card, read_record, starter_cards, starter_directory
from automl_tl.zoo.starter.recipes import RECIPES

CARDS = {card.model: card for card in starter_cards()}
MEGABYTE = 1_000_000


def _files():
    return [file for name in CARDS for file in starter_directory(name).iterdir()]


def test_every_recipe_has_shipped_and_nothing_else():
    """The zoo is complete."""
    assert set(CARDS) == set(RECIPES)


def test_the_zoo_is_as_wide_as_promised():
    """Six image families on four domains, three text encoders on two."""
    image = [card for card in CARDS.values() if card.modality == "image"]
    text = [card for card in CARDS.values() if card.modality == "text"]
    assert len({card.family for card in image}) >= 6
    assert len({card.domain for card in image}) >= 4
    assert len({card.family for card in text}) >= 3
    assert len({card.domain for card in text}) >= 2


def test_the_zoo_is_small():
    """12 MB in all, no file above 3 MB."""
    assert sum(file.stat().st_size for file in _files()) <= 12 * MEGABYTE
    assert max(file.stat().st_size for file in _files()) <= 3 * MEGABYTE


@pytest.mark.parametrize("name", list(RECIPES))
def test_a_card_is_complete(name):
    """Nothing that a person or the ranking needs is left blank."""
    card, record = CARDS[name], read_record(starter_directory(name))
    assert card.id == f"starter:{name}"
    assert card.licence == "Apache-2.0"
    assert card.parameters > 50_000
    assert card.embedding_size >= 64
    assert card.domain == RECIPES[name].source
    assert card.architecture == RECIPES[name].architecture
    assert len(card.description) > 30
    assert card.revision == record["weights_digest"]
    assert record["source_accuracy"] == card.prior["source_accuracy"] > 3 / len(record["data"]["classes"])
    assert record["config"]["num_classes"] == len(record["data"]["classes"])


@pytest.mark.parametrize("name", list(RECIPES))
def test_the_recipe_is_the_one_that_would_run_today(name):
    """``automl-tl zoo pretrain`` makes the shipped model again, not another one."""
    stored = json.loads(json.dumps(RECIPES[name].__dict__, default=dict))
    assert read_record(starter_directory(name))["recipe"] == stored


def test_cards_load_without_torch():
    """The server lists the catalog and must stay light."""
    code = (
        "import sys; from automl_tl.zoo.starter.cards import starter_cards; assert len(starter_cards()) >= 9;"
        " assert not {'torch', 'timm', 'transformers'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_an_unknown_name_lists_the_known_ones():
    """Errors help."""
    with pytest.raises(ModelUnavailable, match="glyphs-resnet"):
        starter_directory("../../etc")


def test_a_damaged_card_is_refused(tmp_path):
    """With the directory's name, not with a traceback from json."""
    (tmp_path / "card.json").write_text("{")
    with pytest.raises(ModelUnavailable, match=tmp_path.name):
        read_record(tmp_path)
    (tmp_path / "card.json").write_text("[]")
    with pytest.raises(ModelUnavailable, match="object"):
        read_card(tmp_path)
