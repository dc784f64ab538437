"""Behind a shut gate nothing answers, behind an open one everything does."""

from __future__ import annotations

import contextlib
import socket
import threading

import pytest

from automl_tl.testing.gate import gate_to


@pytest.fixture
def echo():
    """Return the port of a server that says everything twice."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve():
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=answer, args=(client,), daemon=True).start()

    def answer(client):
        with client:
            while data := client.recv(1024):
                client.sendall(data * 2)

    threading.Thread(target=serve, daemon=True).start()
    yield listener.getsockname()[1]
    listener.close()


def say(port: int, word: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(word)
        return connection.recv(1024)


def heard_nothing(port: int) -> bool:
    try:
        return say(port, b"a") == b""
    except OSError:
        return True


def test_it_lets_through_while_it_is_open(echo):
    """And again after it was shut."""
    with gate_to(echo) as gate:
        assert say(gate.port, b"a") == b"aa"
        gate.shut()
        assert heard_nothing(gate.port)
        gate.open()
        assert say(gate.port, b"b") == b"bb"
    assert heard_nothing(gate.port)


def test_shutting_breaks_what_is_open(echo):
    """Both sides learn of it."""
    with gate_to(echo) as gate, socket.create_connection(("127.0.0.1", gate.port), timeout=10) as connection:
        connection.sendall(b"a")
        assert connection.recv(1024) == b"aa"
        gate.shut()
        with contextlib.suppress(ConnectionResetError):
            assert connection.recv(1024) == b""


def test_a_server_that_is_gone_is_a_broken_connection():
    """As without a gate."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with gate_to(port) as gate:
        assert heard_nothing(gate.port)
