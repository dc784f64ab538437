"""Data from the web: allowed hosts, public addresses, bounded sizes, no secrets in addresses."""

import http.server
import socket
import ssl
import threading

import pytest

from automl_tl.data.limits import Limits
from automl_tl.data.sources.base import dataset_sources, fetch_dataset
from automl_tl.data.sources.https import DOWNLOAD, HttpsSource, place_of
from automl_tl.errors import DatasetError, LimitExceeded, Unavailable

TABLE = b"text,label\none,a\ntwo,b\n"


class Web(http.server.BaseHTTPRequestHandler):
    """Answers by path, and keeps what it was asked."""

    asked = []  # noqa: RUF012

    def do_GET(self):
        self.asked.append((self.headers["Host"], self.path))
        status = {"/gone.csv": 404, "/moved.csv": 302, "/busy.csv": 503}.get(self.path, 200)
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "https://169.254.169.254/a.csv")
        self.end_headers()
        if status == 200:
            self.wfile.write(TABLE)

    def log_message(self, *arguments):
        pass


@pytest.fixture(scope="module")
def web(certificates):
    """Serve HTTPS on this machine as data.example, with a certificate of the tests' own authority."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates / "server.pem", certificates / "server-key.pem")
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Web)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_address[1], certificates / "ca.pem"
    server.shutdown()
    server.server_close()


@pytest.fixture
def source(web):
    """Return a source to which data.example is a public machine."""
    port, certificate = web

    def connect(address, timeout):
        assert address == ("93.184.216.34", 443)
        return socket.create_connection(("127.0.0.1", port), timeout)

    return HttpsSource(
        resolve=lambda host, port: [(2, 1, 6, "", ("93.184.216.34", port))],
        connect=connect,
        context=ssl.create_default_context(cafile=certificate),
        timeout=10.0,
    )


def test_a_table_is_fetched_and_nothing_else_stays(source, tmp_path):
    root = source.fetch("https://data.example/some/notes.csv", tmp_path, Limits(), hosts=("data.example",))
    assert (root / "notes.csv").read_bytes() == TABLE
    assert not (tmp_path / DOWNLOAD).exists()
    assert Web.asked[-1] == ("data.example", "/some/notes.csv")


@pytest.mark.parametrize(
    ("path", "kind", "text"),
    [
        ("gone.csv", DatasetError, "answers with 404"),
        ("moved.csv", DatasetError, "redirects"),
        ("busy.csv", Unavailable, "503"),
    ],
)
def test_other_answers_say_what_they_are(source, tmp_path, path, kind, text):
    with pytest.raises(kind, match=text):
        source.fetch(f"https://data.example/{path}", tmp_path, Limits())


def test_a_file_that_is_too_large_is_stopped(source, tmp_path):
    with pytest.raises(LimitExceeded, match="max_bytes = 10"):
        source.fetch("https://data.example/notes.csv", tmp_path, Limits(max_bytes=10))
    assert list(tmp_path.iterdir()) == []


def test_the_certificate_must_be_the_hosts(web, source, tmp_path):
    source._context = ssl.create_default_context()
    with pytest.raises(DatasetError, match="certificate"):
        source.fetch("https://data.example/notes.csv", tmp_path, Limits())


def test_a_host_that_nobody_answers_for_is_unavailable(tmp_path):
    def refuse(address, timeout):
        raise ConnectionRefusedError

    source = HttpsSource(resolve=lambda host, port: [(2, 1, 6, "", ("8.8.8.8", port))], connect=refuse)
    with pytest.raises(Unavailable, match="try again"):
        source.fetch("https://data.example/notes.csv", tmp_path, Limits())


def test_private_machines_are_refused_after_resolution(tmp_path):
    source = HttpsSource(resolve=lambda host, port: [(2, 1, 6, "", ("169.254.169.254", port))])
    with pytest.raises(DatasetError, match="not a public one"):
        source.fetch("https://data.example/notes.csv", tmp_path, Limits(), hosts=("data.example",))


@pytest.mark.parametrize(
    ("uri", "text"),
    [
        ("https://other.example/a.csv", "not fetched from 'other.example'; allowed: data.example"),
        ("https://data.example.evil.example/a.csv", "not fetched from"),
        ("https://data.example@evil.example/a.csv", "user"),
        ("https://user:word@data.example/a.csv", "user"),
        ("https://data.example/a.csv?signature=secret", "query"),
        ("https://data.example/a.csv#x", "query"),
        ("https://data.example/a.exe", "must end in"),
        ("https://data.example/", "must end in"),
        ("https://data.example/a\r\nX: y.csv", "must end in"),
        ("https://data.example:99999/a.csv", "not an address"),
        ("https:///a.csv", "not fetched from"),
        ("https://dätä.example/a.csv", "not fetched from"),
    ],
)
def test_what_is_not_asked_for_at_all(uri, text):
    with pytest.raises(DatasetError, match=text) as caught:
        place_of(uri, ("data.example",))
    assert "secret" not in caught.value.message
    assert "word" not in caught.value.message.replace("password", "")


def test_a_place_without_a_list_of_hosts():
    place = place_of("https://Data.Example.:8443/a%20b.csv", None)
    assert (place.host, place.port, place.path, place.name) == ("data.example", 8443, "/a%20b.csv", "a b.csv")


def test_no_host_is_allowed_unless_the_operator_says_so(tmp_path):
    assert "https" in dataset_sources
    with pytest.raises(DatasetError, match="fetches nothing from the web"):
        fetch_dataset("https://data.example/a.csv", tmp_path, roots=(), hosts=())
    with pytest.raises(DatasetError, match="not supported"):
        fetch_dataset("http://data.example/a.csv", tmp_path, roots=(), hosts=())
