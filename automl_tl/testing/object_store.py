"""A local server that speaks the protocol of S3 (moto's), for tests of blob stores."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from automl_tl.testing.ports import free_port

__all__ = ["ObjectStoreServer", "running_object_store"]

_START_SECONDS = 60.0
_BUCKET = "automl-tl"
_ACCOUNT = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
}


@dataclass(frozen=True)
class ObjectStoreServer:
    """A server on a free port of this machine with one empty bucket; it forgets everything when it ends."""

    port: int

    @property
    def bucket_url(self) -> str:
        """URL of the bucket as blob stores take it."""
        return f"s3://{_BUCKET}"

    def environment(self, port: int = 0) -> dict[str, str]:
        """Return the variables under which every S3 client finds this server, or a gate to it on another port."""
        return {**_ACCOUNT, "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port or self.port}"}


@contextmanager
def running_object_store() -> Iterator[ObjectStoreServer]:
    """Run a server for as long as the block lasts.

    Raises
    ------
    OSError
        If it does not start.
    """
    port = free_port()
    process = subprocess.Popen(  # noqa: S603  (a program of our own environment, no shell)
        [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, **_ACCOUNT},
    )
    try:
        _make_bucket(process, port)
        yield ObjectStoreServer(port)
    finally:
        process.kill()
        process.wait()


def _make_bucket(process: subprocess.Popen[bytes], port: int) -> None:
    request = urllib.request.Request(f"http://127.0.0.1:{port}/{_BUCKET}", method="PUT")
    deadline = time.monotonic() + _START_SECONDS
    while True:
        try:
            urllib.request.urlopen(request, timeout=5).close()  # noqa: S310  (an http address of our own)
            return
        except OSError:
            if process.poll() is not None or time.monotonic() > deadline:
                raise OSError("moto's S3 server did not start; is 'moto[s3]' with flask installed?") from None
            time.sleep(0.1)
