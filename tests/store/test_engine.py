"""Transactions are whole or not at all, and whoever cannot have one is told so."""

import sys
import threading

import pytest
from sqlalchemy import select

from automl_tl.errors import InvalidInput, Unavailable
from automl_tl.store import schema
from automl_tl.store.engine import Database, parse_url


@pytest.mark.parametrize(
    "bad",
    ["nonsense", "sqlite://", "sqlite:///:memory:", "mysql://h/d", "postgresql://h", "postgresql+asyncpg://h/d"],
)
def test_a_url_of_another_form_is_refused(bad):
    with pytest.raises(InvalidInput, match="sqlite:///path or postgresql") as caught:
        Database(bad)
    assert caught.value.field == "database"


def test_a_refused_url_does_not_tell_its_password():
    with pytest.raises(InvalidInput) as caught:
        parse_url("mysql://me:hunter2@host/ledger")
    assert "hunter2" not in caught.value.message


@pytest.mark.parametrize("short", ["postgresql://me@host/db", "postgres://me@host/db"])
def test_short_forms_name_the_driver(short):
    assert parse_url(short).drivername == "postgresql+psycopg"


def test_a_driver_that_is_missing_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(InvalidInput, match=r"install 'automl-tl\[postgres\]'"):
        Database("postgresql://me@host/db")


def test_a_database_that_is_away_is_unavailable_and_the_reason_is_logged(caplog):
    """Addresses stay on this side."""
    with pytest.raises(Unavailable, match="away") as caught:
        Database("postgresql://me@127.0.0.1:1/db?connect_timeout=2")
    assert "127.0.0.1" not in caught.value.message
    assert "127.0.0.1" in caplog.text


def test_an_exception_undoes_the_transaction(ledger_url):
    database = Database(ledger_url)

    def write_and_fail() -> None:
        with database.write() as connection:
            connection.execute(schema.requests.insert().values(project="p", request_id="r"))
            raise KeyError

    with pytest.raises(KeyError):
        write_and_fail()
    with database.read() as connection:
        assert connection.execute(select(schema.requests)).all() == []


def test_writers_in_many_threads_wait_for_each_other(ledger_url):
    database = Database(ledger_url)
    with database.write() as connection:
        connection.execute(schema.jobs.insert().values(id=1, project="p", job="j"))

    def count_up() -> None:
        for _ in range(10):
            with database.write() as connection:
                now = connection.execute(select(schema.jobs.c.epoch).with_for_update()).scalar_one()
                connection.execute(schema.jobs.update().values(epoch=now + 1))

    threads = [threading.Thread(target=count_up) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.read() as connection:
        assert connection.execute(select(schema.jobs.c.epoch)).scalar_one() == 40


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_many_processes_may_open_a_new_ledger_at_once(request, tmp_path, kind):
    if kind == "sqlite":
        url = f"sqlite:///{tmp_path}/ledger.sqlite"
    else:
        server = request.getfixturevalue("postgres_server")
        request.addfinalizer(lambda: server.drop_database("fresh"))
        url = server.create_database("fresh")
    failures = []

    def open_it() -> None:
        try:
            Database(url).close()
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=open_it) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
