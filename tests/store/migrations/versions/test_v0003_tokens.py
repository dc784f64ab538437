"""The table of tokens is the one that the program uses."""

from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import inspect, text

from automl_tl.store.engine import Database
from automl_tl.store.migrations.versions import v0003_tokens
from automl_tl.store.tokens import Tokens


def test_it_makes_what_a_new_ledger_has(ledger_url):
    database = Database(ledger_url)
    with database.read() as connection:
        expected = {column["name"]: column["nullable"] for column in inspect(connection).get_columns("tokens")}
    with database.write() as connection:
        connection.execute(text("DROP TABLE tokens"))
        with Operations.context(MigrationContext.configure(connection)):
            v0003_tokens.upgrade()
    with database.read() as connection:
        assert {each["name"]: each["nullable"] for each in inspect(connection).get_columns("tokens")} == expected
    token, record = Tokens(database).create("a1")
    assert Tokens(database).verify(token) == record
    database.close()
