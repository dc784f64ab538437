"""A small HTTP server that says little to strangers."""

import asyncio
import ssl
from http import HTTPStatus

import pytest

from automl_tl.errors import Unavailable
from automl_tl.server.web import SECURE_HEADERS, Answer, Ask, WebServer


async def echo(ask: Ask) -> Answer:
    if ask.path == "/broken":
        raise RuntimeError("/a/secret/place")
    return Answer(f"{ask.path} {dict(ask.query)}".encode(), headers={"X-Frame-Options": "SAMEORIGIN"})


@pytest.fixture
async def web():
    """Serve ``echo`` on this machine."""
    server = WebServer(echo, host_names=frozenset({"127.0.0.1", "localhost"}))
    await server.start("127.0.0.1", 0)
    yield server
    await server.stop()


async def send(port, head, *, context=None):
    """Return (status line, headers, body) of an answer to raw bytes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context)
    writer.write(head)
    try:
        data = await reader.read()
    except ConnectionResetError:
        data = b""
    writer.close()
    top, _, body = data.partition(b"\r\n\r\n")
    first, *lines = top.decode().split("\r\n")
    return first, dict(line.split(": ", 1) for line in lines), body


def get(path, host="127.0.0.1:80", method="GET", more=""):
    return f"{method} {path} HTTP/1.1\r\nHost: {host}\r\n{more}\r\n".encode()


async def test_a_page_comes_with_every_safe_header(web):
    first, headers, body = await send(web.port, get("/a%20b?x=1&y=%3Cz%3E"))
    assert first == "HTTP/1.1 200 OK"
    assert body == b"/a b {'x': '1', 'y': '<z>'}"
    assert headers["X-Frame-Options"] == "SAMEORIGIN"
    assert {**SECURE_HEADERS, **headers} == headers | {"X-Frame-Options": "SAMEORIGIN"}
    assert headers["Connection"] == "close"


async def test_a_head_has_no_body(web):
    first, headers, body = await send(web.port, get("/abc", method="HEAD"))
    assert (first, body) == ("HTTP/1.1 200 OK", b"")
    assert int(headers["Content-Length"]) > 0


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "", "127.0.0.1.evil.example", "[::2]"])
async def test_a_name_that_is_not_ours_gets_nothing(web, host):
    """Else a web site that resolves to this machine could read pages with a visitor's browser."""
    first, _, body = await send(web.port, get("/", host=host))
    assert "421" in first
    assert b"{}" not in body


@pytest.mark.parametrize("host", ["localhost", "localhost:8080", "127.0.0.1"])
async def test_our_own_names_do(web, host):
    assert "200" in (await send(web.port, get("/", host=host)))[0]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "CONNECT", "TRACE", "get"])
async def test_only_reading_is_possible(web, method):
    first, headers, _ = await send(web.port, get("/", method=method))
    assert "405" in first
    assert headers["Allow"] == "GET, HEAD"


@pytest.mark.parametrize(
    "head",
    [
        b"\r\n\r\n",
        b"GET /\r\n\r\n",
        b"GET http://x/ HTTP/1.1\r\n\r\n",
        b"\x16\x03\x01 x y\r\n\r\n",
        b"GET / SPDY/1\r\n\r\n",
    ],
)
async def test_nonsense_is_a_bad_request(web, head):
    assert "400" in (await send(web.port, head))[0]


async def test_a_failure_says_nothing_of_itself(web, caplog):
    first, _, body = await send(web.port, get("/broken"))
    assert "500" in first
    assert b"secret" not in body
    assert "secret" in caplog.text


async def test_a_head_that_is_too_long_is_cut_off(web):
    first, _, _ = await send(web.port, get("/", more="X: " + "y" * 10_000 + "\r\n"))
    assert first == ""


async def test_who_says_nothing_is_sent_away(web, monkeypatch):
    monkeypatch.setattr("automl_tl.server.web._HEAD_SECONDS", 0.05)
    assert (await send(web.port, b"GET / HT"))[0] == ""


async def test_connections_are_few(web, monkeypatch):
    monkeypatch.setattr("automl_tl.server.web._CONNECTIONS", 2)
    idle = [await asyncio.open_connection("127.0.0.1", web.port) for _ in range(2)]
    await asyncio.sleep(0.05)
    assert (await send(web.port, get("/")))[0] == ""
    for _, writer in idle:
        writer.close()
    await asyncio.sleep(0.05)
    assert "200" in (await send(web.port, get("/")))[0]


async def test_a_port_in_use_is_unavailable(web):
    with pytest.raises(Unavailable, match=str(web.port)):
        await WebServer(echo).start("127.0.0.1", web.port)


async def test_it_speaks_https(certificates):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates / "server.pem", certificates / "server-key.pem")
    server = WebServer(echo, context=context)
    await server.start("127.0.0.1", 0)
    trusting = ssl.create_default_context(cafile=certificates / "ca.pem")
    assert "200" in (await send(server.port, get("/"), context=trusting))[0]
    await server.stop()


def test_statuses_are_those_of_http():
    assert Answer(b"").status is HTTPStatus.OK
