"""The PostgreSQL ledger waits in order, is durable, and comes back when its server does."""

import threading

import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url

from automl_tl.errors import Unavailable
from automl_tl.store.engine import Database
from automl_tl.store.postgresql import Postgresql
from automl_tl.testing.gate import gate_to


def setting(connection, name):
    return connection.execute(text(f"SHOW {name}")).scalar_one()


def test_transactions_are_what_they_must_be(postgres_url):
    dialect = Postgresql(make_url(postgres_url))
    with dialect.writer.begin() as connection:
        assert setting(connection, "transaction_isolation") == "read committed"
        assert setting(connection, "transaction_read_only") == "off"
        assert setting(connection, "lock_timeout") == "30s"
        assert setting(connection, "idle_in_transaction_session_timeout") == "1min"
        assert setting(connection, "application_name") == "automl-tl"
    with dialect.reader.begin() as connection:
        assert setting(connection, "transaction_isolation") == "repeatable read"
        assert setting(connection, "transaction_read_only") == "on"
    dialect.close()


def test_commits_wait_for_the_disk_whatever_the_server_says(postgres_server, postgres_url):
    database = make_url(postgres_url).database
    postgres_server.execute(f'ALTER DATABASE "{database}" SET synchronous_commit = off')
    dialect = Postgresql(make_url(postgres_url))
    with dialect.writer.begin() as connection:
        assert setting(connection, "synchronous_commit") == "on"
    dialect.close()


def test_options_of_the_url_outrank_ours(postgres_url):
    url = make_url(postgres_url).update_query_dict(
        {"options": "-c lock_timeout=50ms", "application_name": "mine", "connect_timeout": "3"}
    )
    dialect = Postgresql(url)
    with dialect.writer.begin() as connection:
        assert setting(connection, "lock_timeout") == "50ms"
        assert setting(connection, "idle_in_transaction_session_timeout") == "1min"
        assert setting(connection, "application_name") == "mine"
    dialect.close()


def test_a_row_that_is_not_to_be_had_in_time_is_unavailable(postgres_url):
    url = make_url(postgres_url).update_query_dict({"options": "-c lock_timeout=50ms"})
    database = Database(url.render_as_string(hide_password=False))
    lock = text("LOCK TABLE jobs")
    with database.write() as connection:
        connection.execute(lock)
        with pytest.raises(Unavailable, match="away or busy"), database.write() as other:
            other.execute(lock)
    database.close()


def test_a_server_that_was_away_is_found_again_without_a_restart(postgres_server, postgres_url):
    """Also by connections that were open all the time."""
    with gate_to(postgres_server.port) as gate:
        url = make_url(postgres_url).set(port=gate.port).render_as_string(hide_password=False)
        database = Database(url)
        changes = database.changes()
        one = text("SELECT 1")
        with database.read() as connection:
            connection.execute(one)
        changes.version()
        for _ in range(2):
            gate.shut()
            for open_transaction in (database.read, database.write):
                with pytest.raises(Unavailable), open_transaction() as connection:
                    connection.execute(one)
            with pytest.raises(Unavailable), database.away_is_unavailable():
                changes.version()
            gate.open()
            with database.write() as connection:
                assert connection.execute(one).scalar_one() == 1
            assert changes.version()
        database.close()


def test_a_connection_that_breaks_within_a_transaction_undoes_it(postgres_server, postgres_url):
    with gate_to(postgres_server.port) as gate:
        database = Database(make_url(postgres_url).set(port=gate.port).render_as_string(hide_password=False))

        def write_and_lose() -> None:
            with database.write() as connection:
                connection.execute(text("INSERT INTO erasures VALUES (1, 'job', 'p', 'k', '[]', 0)"))
                gate.shut()
                connection.execute(text("SELECT 1"))

        with pytest.raises(Unavailable):
            write_and_lose()
        gate.open()
        with database.read() as connection:
            assert connection.execute(text("SELECT count(*) FROM erasures")).scalar_one() == 0
        database.close()


def test_too_many_threads_wait_for_a_connection(postgres_url):
    database = Database(postgres_url)
    answers = []

    def ask():
        with database.read() as connection:
            answers.append(connection.execute(text("SELECT 1 FROM pg_sleep(0.01)")).scalar_one())

    threads = [threading.Thread(target=ask) for _ in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [1] * 40
    database.close()
