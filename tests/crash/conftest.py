"""Services that tests may kill, in a short form for `make test` and a long one for `make soak`."""

from __future__ import annotations

import os
import shutil
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from automl_tl.client import Client
from automl_tl.pipeline.spec import JobSpec

sys.path.insert(0, str(Path(__file__).parent))

from crash_harness.processes import Cluster, Zygote

LONG = os.environ.get("AUTOML_TL_SOAK") == "1"
_FIGURES: list[str] = []


@pytest.fixture(scope="session")
def long() -> bool:
    """Whether this is `make soak`."""
    return LONG


@pytest.fixture
def figures(request: pytest.FixtureRequest) -> Any:
    """Take a sentence with figures; all of them are printed at the end."""
    return lambda text: _FIGURES.append(f"{request.node.name}: {text}")


def pytest_terminal_summary(terminalreporter: Any) -> None:
    if LONG and _FIGURES:
        terminalreporter.section("figures")
        for line in _FIGURES:
            terminalreporter.write_line(line)


@pytest.fixture(scope="module")
def zygote() -> Iterator[Zygote]:
    zygote = Zygote()
    yield zygote
    zygote.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def cluster(request: pytest.FixtureRequest, tmp_path: Path, zygote: Zygote) -> Iterator[Cluster]:
    """A service without processes yet, on either database."""
    database = request.getfixturevalue("postgres_url") if request.param == "postgresql" else ""
    cluster = Cluster(zygote, tmp_path, database or f"sqlite:///{tmp_path}/ledger.sqlite", str(tmp_path / "blobs"))
    yield cluster
    cluster.close()
    shutil.rmtree(tmp_path / "blobs", ignore_errors=True)


@pytest.fixture
def dataset(text_csv: Path) -> Any:
    """Return a function that uploads a data set to a server and returns its name."""

    def upload(address: str) -> str:
        with Client(address) as client:
            return client.upload(text_csv).name

    return upload


@pytest.fixture
def spec() -> Any:
    """Return a function that makes the spec of a job on a data set."""
    return lambda dataset: JobSpec(dataset=dataset)


@pytest.fixture
def new_id() -> Any:
    """Return a function that makes request ids."""
    return lambda: uuid.uuid4().hex
