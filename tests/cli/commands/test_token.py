"""Tokens are made, listed and revoked where the ledger is."""

import json
import re

import pytest

from automl_tl.errors import Unauthenticated
from automl_tl.store.layout import DataDirectory
from automl_tl.store.ledger import Ledger
from automl_tl.store.tokens import TOKEN_PATTERN


def test_a_token_lives_from_create_to_revoke(invoke, tmp_path):
    place = ("--data-dir", tmp_path)
    made = invoke("token", "create", "--project", "shop", "--label", "ann", "--expires", "90d", *place)
    assert made.exit_code == 0
    token = made.stdout.strip()
    identifier = re.fullmatch(TOKEN_PATTERN, token)[1]
    assert f"token {identifier} opens project shop until" in made.stderr
    ledger = Ledger(DataDirectory(tmp_path).ledger_url)
    assert ledger.tokens.verify(token).label == "ann"

    listed = invoke("token", "list", *place).stdout
    assert listed.startswith(f"{identifier}  good")
    assert token not in listed
    assert json.loads(invoke("token", "list", "--json", "--project", "shop", *place).stdout)["state"] == "good"
    assert invoke("token", "list", "--project", "none", *place).stdout == ""

    assert invoke("token", "revoke", identifier, *place).exit_code == 0
    assert "revoked" in invoke("token", "list", *place).stdout
    with pytest.raises(Unauthenticated):
        ledger.tokens.verify(token)
    ledger.close()


def test_wrong_usage_is_exit_code_2(invoke, tmp_path):
    assert invoke("token", "create", "--data-dir", tmp_path).exit_code == 2
    assert invoke("token", "create", "--project", "../x", "--data-dir", tmp_path).exit_code == 2
    assert invoke("token", "revoke", "nobody", "--data-dir", tmp_path).exit_code == 2
