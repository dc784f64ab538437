"""What arrived of a broken upload stays for a day, a few for each project."""

import asyncio
import os
import time

import pytest

from automl_tl.errors import InvalidInput
from automl_tl.server.partial_uploads import PartialUploads, check_upload_id


@pytest.fixture
def partials(tmp_path):
    return PartialUploads(tmp_path)


SHA = "ab" * 32


async def put(partials, project, upload_id, data, sha256=SHA):
    async with partials.receiving(project, upload_id, sha256) as place:
        place.write_bytes(data)
        return place


async def test_what_arrived_is_told_by_project_and_id(partials):
    assert partials.received("p1", "u1") == 0
    await put(partials, "p1", "u1", b"12345")
    assert partials.received("p1", "u1") == 5
    assert partials.received("p1", "u2") == partials.received("p2", "u1") == 0


async def test_the_newer_stream_takes_over(partials):
    """The client knows sooner than the server that its first connection is dead."""
    begun, ended = asyncio.Event(), []

    async def stream():
        try:
            async with partials.receiving("p1", "u1", SHA) as place:
                place.write_bytes(b"first")
                begun.set()
                await asyncio.sleep(60)
        finally:
            ended.append("first")

    first = asyncio.ensure_future(stream())
    await begun.wait()
    async with partials.receiving("p1", "u1", SHA) as place:
        assert ended == ["first"]
        assert place.read_bytes() == b"first"
    assert first.cancelled()


async def test_an_upload_in_progress_is_never_swept(partials):
    async with partials.receiving("p1", "u1", SHA) as place:
        place.write_bytes(b"x")
        os.utime(place, (1, 1))
        assert partials.sweep() == 0
    assert partials.sweep() == 1
    assert partials.received("p1", "u1") == 0


async def test_what_is_younger_than_a_day_stays(partials):
    place = await put(partials, "p1", "u1", b"x")
    os.utime(place, (time.time() - 80_000,) * 2)
    assert partials.sweep() == 0
    os.utime(place, (time.time() - 90_000,) * 2)
    assert partials.sweep() == 1


async def test_a_project_keeps_a_few(partials):
    for number in range(12):
        place = await put(partials, "p1", f"u{number}", b"x")
        os.utime(place, (1_000_000 + number,) * 2)
    await put(partials, "p2", "u0", b"x")
    assert [partials.received("p1", f"u{number}") for number in range(12)] == [0] * 4 + [1] * 8
    assert partials.received("p2", "u0") == 1


async def test_what_is_there_of_a_file_is_erased(partials):
    """By its digest, in one project, unless it is being received."""
    for project, upload_id, sha256 in (("p1", "u1", SHA), ("p1", "u2", "cd" * 32), ("p2", "u1", SHA)):
        await put(partials, project, upload_id, b"x", sha256)
    async with partials.receiving("p1", "u3", SHA) as place:
        place.write_bytes(b"x")
        partials.erase("p1", SHA)
    told = {(each, id): partials.received(each, id) for each, id in (("p1", "u1"), ("p1", "u2"), ("p2", "u1"))}
    assert told == {("p1", "u1"): 0, ("p1", "u2"): 1, ("p2", "u1"): 1}
    assert partials.received("p1", "u3") == 1


async def test_an_id_that_comes_back_for_another_file_starts_again(partials):
    await put(partials, "p1", "u1", b"12345")
    async with partials.receiving("p1", "u1", "cd" * 32) as place:
        assert not place.exists()
    assert partials.received("p1", "u1") == 0


@pytest.mark.parametrize("bad", ["", "a/b", "..%2f", "x" * 129, "a\nb", "ä"])
def test_ids_are_plain_words(bad):
    with pytest.raises(InvalidInput) as caught:
        check_upload_id(bad, field="upload_id")
    assert caught.value.field == "upload_id"
