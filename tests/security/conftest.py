"""A server that wants tokens, and tokens for two projects."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import grpc
import pytest

from automl_tl.server.app import RunningServer, start
from automl_tl.server.config import ServerConfig


@dataclass
class Guarded:
    """A running server, a channel to it, and a good token for each project."""

    running: RunningServer
    channel: grpc.aio.Channel
    tokens: dict[str, str]

    def bearer(self, project: str) -> tuple[tuple[str, str], ...]:
        return (("authorization", f"Bearer {self.tokens[project]}"),)


@pytest.fixture
async def guarded(tmp_path) -> Iterator[Guarded]:
    """Start a server that wants tokens, with one for each of the projects ``mine`` and ``other``."""
    config = ServerConfig(tmp_path / "data", port=0, require_tokens=True, grace_seconds=0.2, reflection=True)
    running = await start(config)
    tokens = {project: running.backend.ledger.tokens.create(project)[0] for project in ("mine", "other")}
    async with grpc.aio.insecure_channel(running.address) as channel:
        yield Guarded(running, channel, tokens)
    await running.stop()
