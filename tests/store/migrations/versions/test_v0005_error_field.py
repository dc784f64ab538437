"""Trials that failed before there was the column name no field."""

from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import select, text

from automl_tl.search.trial import Trial, TrialState
from automl_tl.store import schema
from automl_tl.store.migrations.versions import v0005_error_field


def test_older_trials_are_readable_and_name_no_field(shop):
    shop.job("job-1")
    lease = shop.lease()
    failed = Trial("t0001", 1, "starter:a", "full", {}, 7, "sampler", TrialState.FAILED, error="it broke")
    shop.ledger.trials.record(lease, failed)
    database = shop.ledger.database
    with database.write() as connection:
        connection.execute(text("ALTER TABLE trials DROP COLUMN error_field"))
        with Operations.context(MigrationContext.configure(connection)):
            v0005_error_field.upgrade()
    with database.read() as connection:
        assert connection.execute(select(schema.trials.c.error_field)).scalar_one() == ""
    (found,) = shop.ledger.trials.all(lease)
    assert (found.state, found.error, found.error_field) == (TrialState.FAILED, "it broke", "")
