"""A server of tests gets its port back."""

from __future__ import annotations

import socket

from automl_tl.testing import ports
from automl_tl.testing.ports import free_port


def test_a_free_port_can_be_listened_on_and_is_not_for_outgoing_connections(tmp_path, monkeypatch):
    """Whatever this kernel's range is."""
    monkeypatch.setattr(ports, "_RANGE", tmp_path / "range")
    (tmp_path / "range").write_text("20000\t60999\n")
    for _ in range(50):
        port = free_port()
        assert 10_000 <= port < 20_000
        socket.create_server(("127.0.0.1", port)).close()


def test_a_taken_port_is_not_chosen(monkeypatch, tmp_path):
    """Even where most are taken."""
    monkeypatch.setattr(ports, "_RANGE", tmp_path / "nothing")
    taken = [socket.create_server(("127.0.0.1", free_port())) for _ in range(20)]
    assert free_port() not in {server.getsockname()[1] for server in taken}
    for server in taken:
        server.close()
