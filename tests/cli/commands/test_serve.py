"""``serve`` is a whole system: it answers, keeps its workers, and leaves nothing behind."""

import asyncio
import os
import sys
import time

import pytest

from automl_tl.cli.commands.serve import serve_with_workers
from automl_tl.cli.service_process import running_service
from automl_tl.cli.sessions import session_members
from automl_tl.client import Client
from automl_tl.errors import Unavailable
from automl_tl.server.config import ServerConfig

WORKER = "import os, time; open(r'{log}', 'a').write(str(os.getpid()) + '\\n'); time.sleep(60)"


def test_a_bare_service_answers_and_ends(tmp_path):
    with running_service(tmp_path, workers=0) as address, Client(address) as client:
        assert list(client.list()) == []
    with pytest.raises(Unavailable), Client(address, patience=0.0) as client:
        list(client.list())
    assert "listening on 127.0.0.1:" in (tmp_path / "service.log").read_text()


def test_two_services_do_not_share_a_directory(tmp_path):
    with running_service(tmp_path / "data", workers=0):
        log = (tmp_path / "data" / "service.log").read_bytes()
        with (
            pytest.raises(Unavailable, match="another server uses the data directory"),
            running_service(tmp_path / "data", workers=0),
        ):
            pass
        assert log


async def test_workers_live_as_long_as_the_service(tmp_path):
    command = [sys.executable, "-c", WORKER.format(log=tmp_path / "log")]
    task = asyncio.create_task(serve_with_workers(ServerConfig(tmp_path / "data", port=0), 2, command))
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        await asyncio.sleep(0.05)
        if (tmp_path / "log").exists() and len((tmp_path / "log").read_text().splitlines()) == 2:
            break
    processes = [int(line) for line in (tmp_path / "log").read_text().splitlines()]
    assert all(session_members(process) for process in processes)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not any(session_members(process) for process in processes)


@pytest.mark.parametrize("missing", ["torch", "ray"])
def test_workers_that_cannot_run_are_not_started(invoke, tmp_path, monkeypatch, missing):
    """A bare service still starts."""
    served = []

    async def serve_with_workers(config, workers, worker_command):
        served.append(workers)

    monkeypatch.setattr("automl_tl.cli.commands.serve.serve_with_workers", serve_with_workers)
    monkeypatch.setattr(
        "automl_tl.cli.commands.serve.find_spec", lambda name: None if name == missing else "there"
    )
    answer = invoke("serve", "--data-dir", tmp_path)
    assert (answer.exit_code, served) == (2, [])
    assert f"a worker needs {missing}" in answer.stderr
    assert "install 'automl-tl[worker]' or use --workers 0" in answer.stderr
    assert invoke("serve", "--data-dir", tmp_path, "--workers", "0").exit_code == 0
    assert served == [0]


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("--host", "0.0.0.0"), "set insecure"),
        (("--port", "70000"), "70000"),
        (("--data-root", "/there/is/no/such/place"), "does not exist"),
    ],
)
def test_wrong_usage_is_exit_code_2(invoke, tmp_path, arguments, text):
    answer = invoke("serve", "--data-dir", tmp_path, *arguments)
    assert answer.exit_code == 2
    assert text in answer.output


def test_workers_hear_of_the_database_without_its_password_in_the_list_of_processes(invoke, tmp_path, monkeypatch):
    served = []

    async def serve_with_workers(config, workers, worker_command):
        served.append((config.places, " ".join(worker_command), dict(os.environ)))

    monkeypatch.setattr("automl_tl.cli.commands.serve.serve_with_workers", serve_with_workers)
    monkeypatch.setenv("AUTOML_TL_DATABASE", "postgresql://me:secret@host/db")
    monkeypatch.setenv("AUTOML_TL_BLOB_STORE", "")
    answer = invoke(
        "serve", "--data-dir", tmp_path, "--blob-store", "s3://bucket/prefix", "--work-store", "shared-disk"
    )
    assert answer.exit_code == 0, answer.output
    ((places, command, environment),) = served
    assert (places.database, places.blob_store) == ("postgresql://me:secret@host/db", "s3://bucket/prefix")
    assert "secret" not in command
    assert environment["AUTOML_TL_DATABASE"] == "postgresql://me:secret@host/db"
    assert environment["AUTOML_TL_BLOB_STORE"] == "s3://bucket/prefix"
    assert environment["AUTOML_TL_WORK_STORE"] == "shared-disk"


def test_a_cluster_is_looked_after_by_one_process_that_needs_no_torch(invoke, tmp_path, monkeypatch):
    """As many jobs are in flight as workers were asked for."""
    seen = {}

    async def serve_with_workers(config, workers, command):
        seen.update(workers=workers, command=command)

    monkeypatch.setattr("automl_tl.cli.commands.serve.serve_with_workers", serve_with_workers)
    monkeypatch.setattr("automl_tl.cli.commands.serve.find_spec", lambda name: None)
    place = "jobs+http://head:8265"
    words = ("--ray", place, "--workers", 3, "--trial-gpus", 0.5)
    assert invoke("serve", "--data-dir", tmp_path, *words).exit_code == 0
    assert seen["workers"] == 1
    line = " ".join(seen["command"])
    assert f"--ray {place}" in line
    assert "--at-once 3" in line
    assert "--trial-gpus 0.5" in line


def test_a_place_that_is_none_is_refused_at_once(invoke, tmp_path):
    """A worker would otherwise end again and again."""
    result = invoke("serve", "--data-dir", tmp_path, "--ray", "http://head:8265")
    assert result.exit_code == 2
    assert "jobs+http(s)://head:8265" in result.output
