"""Every database takes every text that Python has."""

import pytest
from sqlalchemy import select

from automl_tl.store import schema


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("plain", "plain"),
        ("Grüße \N{SNOWMAN} \N{GRINNING FACE}", "Grüße \N{SNOWMAN} \N{GRINNING FACE}"),
        ("a\0b", "a\N{REPLACEMENT CHARACTER}b"),
        ("file\udcff", "file\N{REPLACEMENT CHARACTER}"),
        ("", ""),
    ],
)
def test_text_comes_back_with_the_impossible_replaced(shop, text, stored):
    shop.dataset(display_name=text)
    assert shop.ledger.datasets.get("default", "d1" * 32).display_name == stored


def test_a_text_is_found_by_what_it_became(shop):
    shop.dataset(display_name="a\0b")
    table = schema.datasets
    with shop.ledger.database.read() as connection:
        found = connection.execute(select(table.c.id).where(table.c.display_name == "a\0b")).all()
    assert len(found) == 1
