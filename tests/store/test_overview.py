"""All projects at a glance."""

from automl_tl.pipeline.spec import JobSpec
from automl_tl.store.ledger import Ledger
from automl_tl.store.records import DatasetRecord


class Blobs:
    def exists(self, sha256):
        return True


def test_projects_and_states_are_counted(ledger_url):
    ledger = Ledger(ledger_url)
    assert ledger.overview.projects() == ()
    assert dict(ledger.overview.jobs_by_state()) == {}
    for project in ("zoo", "ark"):
        record = DatasetRecord(project, "a" * 64, "d", "text", (), 2, 10, blob="b" * 64)
        ledger.datasets.add(record, Blobs())
        for _ in range(2):
            job = ledger.jobs.create(project, JobSpec(dataset=record.name))
    ledger.jobs.cancel("ark", job.job)
    assert ledger.overview.projects() == ("ark", "zoo")
    assert dict(ledger.overview.jobs_by_state()) == {"QUEUED": 3, "CANCELLED": 1}
    ledger.close()
