"""The table of inquiries is the one that the program uses."""

from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import inspect, text

from automl_tl.store.engine import Database
from automl_tl.store.migrations.versions import v0004_inquiries


def described(database):
    with database.read() as connection:
        seen = inspect(connection)
        columns = {each["name"]: (str(each["type"]), each["nullable"]) for each in seen.get_columns("inquiries")}
        indices = {each["name"]: each["column_names"] for each in seen.get_indexes("inquiries")}
        keys = [(key["referred_table"], key["options"]) for key in seen.get_foreign_keys("inquiries")]
    return columns, indices, keys


def test_it_makes_what_a_new_ledger_has(ledger_url):
    database = Database(ledger_url)
    expected = described(database)
    with database.write() as connection:
        connection.execute(text("DROP TABLE inquiries"))
        with Operations.context(MigrationContext.configure(connection)):
            v0004_inquiries.upgrade()
    assert described(database) == expected
    database.close()
