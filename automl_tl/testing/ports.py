"""A port that a server of tests can have again after it was killed."""

from __future__ import annotations

import random
import socket
from pathlib import Path

__all__ = ["free_port"]

_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")
_LOWEST = 10_000
_USUAL_FIRST = 32_768


def free_port() -> int:
    """Return a port of this machine that is free now and is not given to outgoing connections.

    Ports that the kernel chooses (port 0) may be taken by anybody's outgoing connection while their server is
    down; a client that knocks at its dead server may even be connected to itself.
    """
    dice = random.SystemRandom()
    first = int(_RANGE.read_text().split()[0]) if _RANGE.exists() else _USUAL_FIRST
    highest = max(first - 1, _LOWEST + 1000)
    while True:
        port = dice.randint(_LOWEST, highest)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
