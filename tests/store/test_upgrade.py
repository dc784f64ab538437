"""Migrations make the very tables that a new ledger has, all of them or nothing."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect

from automl_tl.errors import FailedPrecondition
from automl_tl.store import schema
from automl_tl.store import upgrade as upgrade_module
from automl_tl.store.engine import Database
from automl_tl.store.ledger import Ledger
from automl_tl.store.revisions import REVISIONS, VERSION_TABLE, found_revision
from automl_tl.store.upgrade import Upgrade, upgrade


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request, tmp_path):
    """The URL of a database without any table."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/ledger.sqlite"
        return
    server = request.getfixturevalue("postgres_server")
    yield server.create_database("empty")
    server.drop_database("empty")


def test_migrated_tables_are_those_of_a_new_ledger(empty_url):
    assert upgrade(empty_url) == Upgrade("", REVISIONS[-1])
    database = Database(empty_url)
    with database.read() as connection:
        ours = {"version_table": VERSION_TABLE, "compare_type": True}
        differences = compare_metadata(MigrationContext.configure(connection, opts=ours), schema.metadata)
    database.close()
    assert differences == []


def test_a_new_ledger_needs_no_upgrade(empty_url):
    Ledger(empty_url).close()
    assert upgrade(empty_url) == Upgrade(REVISIONS[-1], REVISIONS[-1])


def test_an_upgrade_that_breaks_off_changes_nothing(empty_url, monkeypatch):
    def break_off(connection, before):
        run(connection, before)
        raise KeyError("crash")

    run = upgrade_module._run
    monkeypatch.setattr(upgrade_module, "_run", break_off)
    with pytest.raises(KeyError):
        upgrade(empty_url)
    database = Database(empty_url, check=False)
    with database.read() as connection:
        assert found_revision(connection) == ""
        assert inspect(connection).get_table_names() == []
    database.close()


def test_a_revision_of_the_future_is_left_alone(empty_url):
    Ledger(empty_url).close()
    database = Database(empty_url)
    with database.write() as connection:
        connection.exec_driver_sql(f"UPDATE {VERSION_TABLE} SET version_num = '9999'")
    database.close()
    with pytest.raises(FailedPrecondition, match="newer program"):
        upgrade(empty_url)
