"""A program works only with the tables it knows."""

import pytest
from sqlalchemy import text

from automl_tl.errors import FailedPrecondition
from automl_tl.store.engine import Database
from automl_tl.store.revisions import REVISIONS, VERSION_TABLE, found_revision, is_older
from automl_tl.store.upgrade import scripts


def set_revision(url, revision):
    database = Database(url)
    with database.write() as connection:
        connection.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = :revision"), {"revision": revision})
    database.close()


def test_an_empty_database_gets_the_newest_tables(tmp_path):
    database = Database(f"sqlite:///{tmp_path}/ledger.sqlite", check=False)
    with database.read() as connection:
        assert found_revision(connection) == ""
    database.close()
    database = Database(f"sqlite:///{tmp_path}/ledger.sqlite")
    with database.read() as connection:
        assert found_revision(connection) == REVISIONS[-1]
    database.close()


def test_every_revision_has_its_file_and_no_file_is_forgotten():
    walked = [script.revision for script in scripts().walk_revisions()]
    assert tuple(reversed(walked)) == REVISIONS


def test_an_older_ledger_is_refused_with_the_command_that_helps(ledger_url):
    set_revision(ledger_url, REVISIONS[0])
    with pytest.raises(FailedPrecondition, match="automl-tl db upgrade --database '") as caught:
        Database(ledger_url)
    assert "backup" in caught.value.message


def test_a_newer_ledger_is_refused(ledger_url):
    set_revision(ledger_url, "9999")
    with pytest.raises(FailedPrecondition, match="newer program"):
        Database(ledger_url)
    assert not is_older("9999")


def test_a_password_is_not_printed(tmp_path):
    from automl_tl.store.engine import parse_url
    from automl_tl.store.revisions import upgrade_command

    class Secretive:
        url = parse_url("postgresql://me:hunter2@host/ledger")

    assert "hunter2" not in upgrade_command(Secretive())
    assert "postgresql+psycopg://me:***@host/ledger" in upgrade_command(Secretive())
