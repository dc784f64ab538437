"""The SQLite ledger is durable and says when it cannot be written."""

import sqlite3

import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError

from automl_tl.errors import Unavailable
from automl_tl.store.sqlite import Sqlite


@pytest.fixture
def dialect(tmp_path):
    dialect = Sqlite(make_url(f"sqlite:///{tmp_path}/ledger.sqlite"))
    yield dialect
    dialect.close()


def test_every_connection_is_durable_and_keeps_foreign_keys(dialect):
    with dialect.reader.begin() as connection:
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


def test_a_full_file_passes_and_nothing_of_the_transaction_stays(dialect):
    """As on a full disk: SQLite says SQLITE_FULL in both cases."""
    with dialect.writer.begin() as connection:
        connection.execute(text("CREATE TABLE things (name TEXT)"))
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()

    def fill() -> None:
        with dialect.writer.begin() as connection:
            connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
            connection.execute(text("INSERT INTO things VALUES (:name)"), {"name": "x" * 100_000})

    with pytest.raises(OperationalError) as caught:
        fill()
    assert dialect.is_away(caught.value)
    with dialect.writer.begin() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 1000000")
        assert connection.execute(text("SELECT count(*) FROM things")).scalar_one() == 0
        connection.execute(text("INSERT INTO things VALUES ('a')"))


def test_a_locked_file_passes(dialect):
    with dialect.writer.begin() as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout = 10")
        connection.execute(text("CREATE TABLE things (name TEXT)"))
    other = sqlite3.connect(str(dialect.reader.url.database), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with dialect.reader.connect() as warm:
        warm.exec_driver_sql("PRAGMA busy_timeout = 10")
    with pytest.raises(OperationalError) as caught, dialect.writer.begin():
        pass
    assert dialect.is_away(caught.value)
    other.close()


def test_a_directory_that_is_missing_is_unavailable_at_once(tmp_path):
    with pytest.raises(Unavailable, match="cannot be opened"):
        Sqlite(make_url(f"sqlite:///{tmp_path}/nowhere/ledger.sqlite"))
