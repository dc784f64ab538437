"""Page tokens are bound to their list and refuse to be forged by accident."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automl_tl.errors import InvalidInput
from automl_tl.store.pages import Page, PageRequest

QUERY = ("things", "default")


def walk(items, size):
    """Read a descending list page by page, as a ledger method would."""
    token, seen = "", []
    while True:
        request = PageRequest(size, token)
        after = request.after(QUERY)
        rest = [item for item in items if after is None or item > after]
        page = request.page(rest[: request.limit + 1], lambda item: item, QUERY)
        seen.append(page.items)
        token = page.next_token
        if not token:
            return seen


@given(st.sets(st.integers(0, 10**6), max_size=40), st.integers(1, 7))
def test_the_pages_together_are_the_list(numbers, size):
    pages = walk(sorted(numbers), size)
    assert [item for page in pages for item in page] == sorted(numbers)
    assert all(len(page) == size for page in pages[:-1])


@pytest.mark.parametrize(("size", "limit"), [(0, 50), (1, 1), (1000, 1000), (5000, 1000)])
def test_sizes(size, limit):
    assert PageRequest(size).limit == limit


def test_a_negative_size_is_refused():
    with pytest.raises(InvalidInput, match="at least 0 but got -1") as caught:
        _ = PageRequest(-1).limit
    assert caught.value.field == "page_size"


def token_of(query):
    return PageRequest(1).page([1, 2], lambda item: item, query).next_token


def test_a_token_of_another_list_is_refused():
    with pytest.raises(InvalidInput, match="page_token"):
        PageRequest(1, token_of(("things", "other"))).after(QUERY)


@pytest.mark.parametrize(
    "bad", ["?", "abc", "é", base64.urlsafe_b64encode(b"[]").decode(), base64.urlsafe_b64encode(b"3").decode()]
)
def test_nonsense_is_refused(bad):
    with pytest.raises(InvalidInput, match="page_token"):
        PageRequest(1, bad).after(QUERY)


def test_a_token_with_another_key_is_refused():
    check, _ = json.loads(base64.urlsafe_b64decode(token_of(QUERY)))
    forged = base64.urlsafe_b64encode(json.dumps([check, 99]).encode()).decode()
    with pytest.raises(InvalidInput):
        PageRequest(1, forged).after(QUERY)


def test_mapping_keeps_the_token():
    assert Page((1, 2), "next").map(str) == Page(("1", "2"), "next")
