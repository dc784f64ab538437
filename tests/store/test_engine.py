"""The database is durable, has one writer at a time, and knows its schema version."""

import threading

import pytest
from sqlalchemy import select

from automl_tl.errors import FailedPrecondition, InvalidInput
from automl_tl.store import schema
from automl_tl.store.engine import Database


def url(tmp_path):
    return f"sqlite:///{tmp_path}/ledger.sqlite"


def test_every_connection_is_durable_and_keeps_foreign_keys(tmp_path):
    database = Database(url(tmp_path))
    with database.read() as connection:
        pragma = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout", "secure_delete")
        }
    assert pragma == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "busy_timeout": 30_000,
        "secure_delete": 1,
    }


@pytest.mark.parametrize("bad", ["nonsense", "sqlite://", "sqlite:///:memory:", "postgresql://h/d"])
def test_a_url_that_is_no_sqlite_file_is_refused(bad):
    with pytest.raises(InvalidInput, match="sqlite:///path"):
        Database(bad)


def test_a_ledger_of_another_version_is_refused(tmp_path):
    first = Database(url(tmp_path))
    with first.write() as connection:
        connection.execute(schema.schema_version.update().values(version=schema.SCHEMA_VERSION + 1))
    first.close()
    with pytest.raises(FailedPrecondition, match=f"needs {schema.SCHEMA_VERSION}"):
        Database(url(tmp_path))


def test_an_exception_undoes_the_transaction(tmp_path):
    database = Database(url(tmp_path))

    def write_and_fail() -> None:
        with database.write() as connection:
            connection.execute(schema.requests.insert().values(project="p", request_id="r"))
            raise KeyError

    with pytest.raises(KeyError):
        write_and_fail()
    with database.read() as connection:
        assert connection.execute(select(schema.requests)).all() == []


def test_writers_in_many_threads_wait_for_each_other(tmp_path):
    database = Database(url(tmp_path))
    with database.write() as connection:
        connection.execute(schema.jobs.insert().values(id=1, project="p", job="j"))

    def count_up() -> None:
        for _ in range(10):
            with database.write() as connection:
                now = connection.execute(select(schema.jobs.c.epoch)).scalar_one()
                connection.execute(schema.jobs.update().values(epoch=now + 1))

    threads = [threading.Thread(target=count_up) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.read() as connection:
        assert connection.execute(select(schema.jobs.c.epoch)).scalar_one() == 40


def test_two_processes_may_open_a_new_ledger_at_once(tmp_path):
    failures = []

    def open_it() -> None:
        try:
            Database(url(tmp_path)).close()
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=open_it) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
