"""Every kind of database keeps the same promises."""

import time

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError, ProgrammingError

from automl_tl.store.engine import _dialect, parse_url


@pytest.fixture
def dialect(ledger_url):
    dialect = _dialect(parse_url(ledger_url))
    yield dialect
    dialect.close()


def test_its_time_goes_on_within_a_transaction(dialect):
    with dialect.writer.begin() as connection:
        first = dialect.now(connection)
        time.sleep(0.01)
        assert 0.01 <= dialect.now(connection) - first < 5
    assert abs(first - time.time()) < 5


def test_its_counter_changes_with_a_commit(dialect):
    counter = dialect.changes()
    with dialect.writer.begin() as connection:
        connection.execute(text("CREATE TABLE things (name TEXT)"))
    first = counter.version()
    assert counter.version() == first
    with dialect.writer.begin() as connection:
        connection.execute(text("INSERT INTO things VALUES ('a')"))
    assert counter.version() != first
    counter.close()


def test_readers_see_one_state(dialect):
    with dialect.writer.begin() as connection:
        connection.execute(text("CREATE TABLE things (name TEXT)"))
    count = text("SELECT count(*) FROM things")
    with dialect.reader.begin() as reader:
        assert reader.execute(count).scalar_one() == 0
        with dialect.writer.begin() as writer:
            writer.execute(text("INSERT INTO things VALUES ('a')"))
        assert reader.execute(count).scalar_one() == 0
    with dialect.reader.begin() as reader:
        assert reader.execute(count).scalar_one() == 1


def test_a_mistake_of_ours_does_not_pass(dialect):
    with pytest.raises((ProgrammingError, OperationalError)) as caught, dialect.reader.begin() as connection:
        connection.execute(text("SELECT nothing FROM nowhere"))
    assert not dialect.is_away(caught.value)


def test_deleted_rows_can_be_erased_from_its_files(dialect):
    assert dialect.empty_log()
