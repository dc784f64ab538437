"""A caller is its token; without one it is anybody, where that is allowed."""

from datetime import UTC, datetime

import pytest

from automl_tl.errors import PermissionDenied, Unauthenticated
from automl_tl.server.access import ANYBODY, Access, Caller
from automl_tl.store.tokens import TokenRecord


class Desk:
    """Knows one token and counts how often it is asked."""

    def __init__(self):
        self.asked, self.good, self.now = 0, {"secret": "p1"}, 0.0

    async def verify(self, token):
        self.asked += 1
        if token not in self.good:
            raise Unauthenticated("no")
        return TokenRecord("id1", self.good[token], "", datetime.now(UTC))

    def access(self, *, required):
        return Access(self.verify, required=required, clock=lambda: self.now)


def bearer(token):
    return [("authorization", f"Bearer {token}")]


@pytest.mark.parametrize("required", [True, False])
async def test_a_token_opens_its_project(required):
    caller = await Desk().access(required=required).caller(bearer("secret"))
    assert caller == Caller("p1", "id1")
    caller.require("p1")
    caller.require(None)
    with pytest.raises(PermissionDenied) as caught:
        caller.require("p2")
    assert "p2" not in caught.value.message


@pytest.mark.parametrize("required", [True, False])
@pytest.mark.parametrize(
    "metadata",
    [
        bearer("wrong"),
        bearer("two words"),
        bearer(""),
        [("authorization", "Basic c2VjcmV0")],
        [("authorization", b"Bearer secret")],
        [*bearer("secret"), *bearer("secret")],
        [("authorization", "Bearer " + "x" * 300)],
    ],
)
async def test_a_bad_token_is_refused_even_where_none_is_needed(required, metadata):
    with pytest.raises(Unauthenticated):
        await Desk().access(required=required).caller(metadata)


async def test_no_token_is_anybody_or_nobody():
    assert await Desk().access(required=False).caller([("x", "y")]) == ANYBODY
    ANYBODY.require("whatever")
    with pytest.raises(Unauthenticated, match="wants a token"):
        await Desk().access(required=True).caller([])


async def test_a_good_token_is_looked_up_now_and_then_and_a_bad_one_always():
    desk = Desk()
    access = desk.access(required=True)
    for _ in range(3):
        await access.caller(bearer("secret"))
    assert desk.asked == 1
    desk.good.clear()
    await access.caller(bearer("secret"))
    desk.now += 5.0
    for asked in (2, 3):
        with pytest.raises(Unauthenticated):
            await access.caller(bearer("secret"))
        assert desk.asked == asked


async def test_what_is_remembered_is_bounded():
    desk = Desk()
    access = desk.access(required=True)
    for number in range(3000):
        desk.good[f"t{number}"] = "p1"
        await access.owner(f"t{number}")
    assert len(access._good) <= 1024
