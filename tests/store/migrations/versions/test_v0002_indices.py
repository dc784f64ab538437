"""The queries that must stay quick with a hundred thousand jobs use an index and sort nothing."""

import pytest
from sqlalchemy import select, text

from automl_tl.pipeline.spec import JobState
from automl_tl.store import schema
from automl_tl.store.engine import Database
from automl_tl.store.jobs import _newest
from automl_tl.store.leases import _expired, _waiting

MANY = 3000


@pytest.fixture
def crowded(ledger_url):
    """A database with thousands of jobs of some projects, almost all of them finished."""
    database = Database(ledger_url)
    states = ["SUCCEEDED"] * 96 + ["FAILED", "CANCELLED", "RUNNING", "QUEUED"]
    rows = [
        {
            "project": "pqrst"[n % 5],
            "job": f"job-{n}",
            "state": states[n // 5 % 100],
            "spec": "{}",
            "queue_time": n,
        }
        for n in range(MANY)
    ]
    with database.write() as connection:
        connection.execute(schema.jobs.insert(), rows)
    with database.write() as connection:
        connection.execute(text("ANALYZE"))
    yield database
    database.close()


def plan_of(database, query):
    with database.read() as connection:
        sql = str(query.compile(connection, compile_kwargs={"literal_binds": True}))
        word = "EXPLAIN QUERY PLAN" if connection.dialect.name == "sqlite" else "EXPLAIN"
        return "\n".join(str(row) for row in connection.exec_driver_sql(f"{word} {sql}".replace("%", "%%")))


def assert_quick(plan, index):
    """PostgreSQL may choose among indices, and sorts a handful of rows where it finds that cheaper."""
    if "Index" in plan:
        assert "Seq Scan" not in plan
    else:
        assert index in plan
        assert "SCAN jobs" not in plan
        assert "TEMP B-TREE" not in plan


@pytest.mark.parametrize("states", [[], ["RUNNING"], ["QUEUED", "RUNNING", "SUCCEEDED"]])
@pytest.mark.parametrize("after", [None, MANY // 2])
def test_a_page_of_jobs(crowded, states, after):
    assert_quick(plan_of(crowded, _newest("p", states, after, 51)), "jobs_by_project")


def test_a_claim(crowded):
    for query in (_waiting(""), _expired(1.0, "")):
        plan = plan_of(crowded, query)
        assert "jobs_by_state" in plan
        assert "Seq Scan" not in plan


def test_the_latest_results(crowded):
    jobs = schema.jobs
    query = (
        select(jobs.c.id)
        .where(jobs.c.project == "p", jobs.c.state == JobState.SUCCEEDED.value, jobs.c.end_time < 5.0)
        .order_by(jobs.c.end_time.desc(), jobs.c.id.desc())
        .limit(500)
    )
    assert_quick(plan_of(crowded, query), "jobs_by_end")
