"""The server for tests is a real one, stands alone, and leaves nothing behind."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest

from automl_tl.testing import postgres


@pytest.fixture(scope="module")
def server():
    """Another server beside that of the other tests."""
    try:
        with postgres.running_postgres() as server:
            yield server
    except OSError as error:
        pytest.skip(f"no PostgreSQL for tests: {error}")


def ask(url: str, query: str) -> object:
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        row = connection.execute(query.encode()).fetchone()
        assert row is not None
        return row[0]


def test_databases_come_and_go(server):
    """A copy has what its template has."""
    url = server.create_database("first")
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        connection.execute("CREATE TABLE things AS SELECT 7 AS number")
    assert ask(server.create_database("copy", template="first"), "SELECT number FROM things") == 7
    server.drop_database("first")
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        ask(url, "SELECT 1")


def test_a_crash_and_a_new_start_keep_what_was_committed(server):
    """On the same port."""
    url = server.create_database("kept")
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        connection.execute("CREATE TABLE things AS SELECT 7 AS number")
    server.stop("immediate")
    with pytest.raises(psycopg.OperationalError):
        ask(url, "SELECT 1")
    server.start()
    assert ask(url, "SELECT number FROM things") == 7


def test_a_frozen_server_answers_once_it_is_thawed(server):
    """Nothing is lost meanwhile."""
    server.freeze()
    server.thaw()
    assert ask(server.url("postgres"), "SELECT 1") == 1


def test_nothing_is_left_of_a_server():
    """Neither files nor processes."""
    try:
        with postgres.running_postgres() as server:
            pid = int((server.directory / "data" / "postmaster.pid").read_text().splitlines()[0])
    except OSError as error:
        pytest.skip(f"no PostgreSQL for tests: {error}")
    assert not server.directory.exists()
    status = Path(f"/proc/{pid}/status")
    assert not status.exists() or "zombie" in status.read_text()


def test_a_server_ends_with_whoever_started_it(tmp_path):
    """Even if that one was killed."""
    code = (
        "import time; from automl_tl.testing.postgres import running_postgres\n"
        "with running_postgres() as server: print(server.directory, flush=True); time.sleep(600)"
    )
    starter = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert starter.stdout is not None
    directory = starter.stdout.readline().strip()
    if not directory:
        pytest.skip("no PostgreSQL for tests")
    starter.kill()
    starter.communicate()
    deadline = time.monotonic() + 60
    while Path(directory).exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_without_programs_the_reason_is_told(monkeypatch):
    """Tests are then skipped with it."""
    monkeypatch.setattr(postgres, "find_programs", lambda: None)
    with pytest.raises(OSError, match="there is no PostgreSQL"), postgres.running_postgres():
        pass
