"""A door in front of a server that tests can shut: what a client sees when the network or the server is away."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

__all__ = ["Gate", "gate_to"]


class Gate:
    """Hands connections on to a port of this machine while it is open.

    Attributes
    ----------
    port
        Where clients connect.
    """

    def __init__(self, target: int) -> None:
        self._target = target
        self._open = threading.Event()
        self._open.set()
        self._ends: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._accept, name="gate", daemon=True).start()

    def shut(self) -> None:
        """Break every connection, and every new one as soon as it is made."""
        self._open.clear()
        with self._lock:
            ends = tuple(self._ends)
        for end in ends:
            _break(end)

    def open(self) -> None:
        """Let connections through again."""
        self._open.set()

    def close(self) -> None:
        """Shut for good."""
        self.shut()
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            if not self._open.is_set():
                _break(client)
                continue
            try:
                server = socket.create_connection(("127.0.0.1", self._target), timeout=5)
            except OSError:
                _break(client)
                continue
            server.settimeout(None)
            with self._lock:
                self._ends.update((client, server))
            for source, sink in ((client, server), (server, client)):
                threading.Thread(target=self._hand_on, args=(source, sink), daemon=True).start()

    def _hand_on(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(1 << 16):
                sink.sendall(data)
        for end in (source, sink):
            _break(end)
        with self._lock:
            self._ends -= {source, sink}


@contextmanager
def gate_to(port: int) -> Iterator[Gate]:
    """Stand in front of a port of this machine for as long as the block lasts."""
    gate = Gate(port)
    try:
        yield gate
    finally:
        gate.close()


def _break(end: socket.socket) -> None:
    with suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()
