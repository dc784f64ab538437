"""Request ids make a repetition harmless and a mix-up loud."""

import pytest

from automl_tl.errors import AlreadyExists, InvalidInput
from automl_tl.store.requests import RequestKey, recall, remember

KEY = RequestKey("default", "r-1", "CreateJob", "body")


def test_the_first_answer_is_remembered(shop):
    with shop.ledger.database.write() as connection:
        assert recall(connection, KEY) is None
        remember(connection, KEY, "job-1", 0.0)
    with shop.ledger.database.read() as connection:
        assert recall(connection, KEY) == "job-1"
        assert recall(connection, RequestKey("other", "r-1", "CreateJob", "body")) is None


@pytest.mark.parametrize(("method", "body"), [("CreateJob", "other"), ("DeleteJob", "body")])
def test_the_same_id_for_another_request_is_refused(shop, method, body):
    with shop.ledger.database.write() as connection:
        remember(connection, KEY, "job-1", 0.0)
        with pytest.raises(AlreadyExists, match="'r-1' was used for a different CreateJob"):
            recall(connection, RequestKey("default", "r-1", method, body))


def test_without_an_id_nothing_is_remembered(shop):
    key = RequestKey("default", "", "CreateJob", "body")
    with shop.ledger.database.write() as connection:
        remember(connection, key, "job-1", 0.0)
        remember(connection, None, "job-1", 0.0)
        assert recall(connection, key) is None
        assert recall(connection, None) is None


@pytest.mark.parametrize("bad", [" ", "a b", "x" * 129, "é", "a\n"])
def test_an_unusable_id_is_refused(bad):
    with pytest.raises(InvalidInput, match="request_id must be"):
        RequestKey("default", bad, "CreateJob", "body")
