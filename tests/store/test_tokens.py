"""Tokens open one project, and only their hashes are kept."""

import re
import sqlite3

import pytest

from automl_tl.errors import InvalidInput, InvalidName, NotFound, Unauthenticated
from automl_tl.store.engine import Database
from automl_tl.store.tokens import TOKEN_PATTERN, Tokens


@pytest.fixture
def tokens(ledger_url, clock):
    database = Database(ledger_url, clock=clock)
    yield Tokens(database)
    database.close()


def test_a_token_is_good_for_its_project(tokens):
    text, record = tokens.create("a1", label="ann")
    assert re.fullmatch(TOKEN_PATTERN, text)[1] == record.id
    assert tokens.verify(text) == record
    assert (record.project, record.label, record.expire_time) == ("a1", "ann", None)
    assert tokens.create("a1")[0] != text


def test_every_bad_token_gets_the_same_answer(tokens, clock):
    good, record = tokens.create("a1")
    old, _ = tokens.create("a1", lifetime_seconds=60)
    gone, revoked = tokens.create("a1")
    tokens.revoke(revoked.id)
    clock.now += 60
    unknown = f"atl_{'0' * 16}_{good[-43:]}"
    other = f"atl_{record.id}_{old[-43:]}"
    texts = set()
    for bad in (old, gone, unknown, other, good[:-1], good + "x", "", "atl_", "é" * 64):
        with pytest.raises(Unauthenticated) as caught:
            tokens.verify(bad)
        texts.add(caught.value.message)
    assert len(texts) == 1
    assert tokens.verify(good) == record


def test_tokens_are_listed_and_revoked_once(tokens, clock):
    first = tokens.create("a1")[1]
    clock.now += 1
    second = tokens.create("b2")[1]
    assert [token.id for token in tokens.list()] == [first.id, second.id]
    assert tokens.list("b2") == (second,)
    revoked = tokens.revoke(first.id)
    clock.now += 1
    assert tokens.revoke(first.id) == revoked
    with pytest.raises(NotFound, match="token list"):
        tokens.revoke("f" * 16)


def test_what_is_no_token_is_refused(tokens):
    with pytest.raises(InvalidName):
        tokens.create("../etc")
    with pytest.raises(InvalidInput, match="128"):
        tokens.create("a1", label="x" * 129)
    with pytest.raises(InvalidInput, match="negative"):
        tokens.create("a1", lifetime_seconds=-1)


def test_the_secret_is_in_no_file(tmp_path):
    database = Database(f"sqlite:///{tmp_path / 'ledger.sqlite'}")
    text, _ = Tokens(database).create("a1")
    Tokens(database).verify(text)
    database.close()
    stored = sqlite3.connect(tmp_path / "ledger.sqlite").execute("SELECT * FROM tokens").fetchall()
    assert len(stored) == 1
    secret = text[-43:].encode()
    assert all(secret not in path.read_bytes() for path in tmp_path.iterdir())
