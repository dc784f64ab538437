"""A server as the tests run it: the shipped one, with quick polls."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

from automl_tl.server.app import serve
from automl_tl.server.config import ServerConfig
from automl_tl.store.places import Places
from automl_tl.zoo.catalog import load_catalog


def run_server(data_dir: str, port: int, database: str, blob_store: str) -> None:
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(process)d %(levelname)s %(message)s")
    config = ServerConfig(
        data_dir=Path(data_dir),
        port=port,
        places=Places(database, blob_store),
        watch_poll_seconds=0.05,
        heartbeat_seconds=1.0,
        grace_seconds=0.5,
    )
    asyncio.run(serve(config, catalog=load_catalog()))
