"""Without disk, database or blob store the service says so, loses nothing, and goes on once they are back."""

from __future__ import annotations

import uuid

import pytest
from crash_harness.asking import Asker, answers, refusal, until
from crash_harness.collect import collect
from crash_harness.full_disk import Filler, Limit, small_file_system
from crash_harness.model import Created, Records, violations
from crash_harness.processes import Cluster

from automl_tl.client import Client
from automl_tl.errors import Unavailable
from automl_tl.pipeline.spec import Stage
from automl_tl.store.audit import audit
from automl_tl.store.layout import DataDirectory
from automl_tl.store.ledger import Ledger
from automl_tl.store.places import Places
from automl_tl.testing.gate import gate_to
from automl_tl.testing.object_store import running_object_store

QUICK = {"lease_seconds": 2.0, "stage_seconds": 0.3}


def go_through(cluster, dataset, take_away, bring_back, figures, *, refuses_reads: bool) -> None:
    """Take something away while one job runs and another one is asked for, then bring it back."""
    server, worker = cluster.add_server(), cluster.add_worker(**QUICK)
    name, records = dataset(cluster.address()), Records()
    with Asker(cluster.address(), name) as asker:
        running = asker.create("running").name
        until(lambda: asker.get(running).stage != 0)
        take_away()
        wanted = uuid.uuid4().hex
        assert refusal(lambda: asker.create(wanted)) == ("UNAVAILABLE", 1.0)
        assert refusal(lambda: asker.get(running))[0] == ("UNAVAILABLE" if refuses_reads else "OK")
        assert refusal(lambda: asker.create(wanted))[0] == "UNAVAILABLE"
        assert server.alive()
        assert worker.alive()
        bring_back()
        seconds = until(lambda: answers(lambda: asker.create(wanted)))
        records.created = [Created(wanted, asker.create(wanted).name.rpartition("/")[2])]
        records.created.append(Created("running", running.rpartition("/")[2]))
    all_done_and_sound(cluster, records)
    assert (server.starts, worker.starts) == (1, 1)
    figures(f"UNAVAILABLE with RetryInfo, answered again {seconds:.1f} s after it was back, both jobs SUCCEEDED")


def all_done_and_sound(cluster, records) -> None:
    with Client(cluster.address()) as client:
        for created in records.created:
            job = client.wait(f"projects/default/jobs/{created.job}")
            assert job.state.value == "SUCCEEDED", job
    ledger = Ledger(cluster.database)
    blobs = Places(blob_store=cluster.blob_store).open_blobs(DataDirectory(cluster.root))
    assert violations(collect(ledger, records, cluster.witnesses), [stage.value for stage in Stage]) == []
    assert audit(ledger, blobs, read_blobs=True).findings == ()
    ledger.close()


@pytest.mark.parametrize("way", ["file system", "limit"])
def test_a_full_disk(tmp_path, zygote, dataset, figures, way):
    place = tmp_path / "disk"
    with small_file_system(place, 24) as mounted:
        if way == "file system" and not mounted:
            pytest.skip("this process may not mount a file system; the other way needs no permission")
        cluster = Cluster(zygote, tmp_path, f"sqlite:///{place}/ledger.sqlite", str(place / "blobs"))
        disk = Filler(place) if way == "file system" else Limit(cluster)
        try:
            go_through(cluster, dataset, disk.fill, disk.empty, figures, refuses_reads=False)
        finally:
            cluster.close()


def test_a_database_that_stops(tmp_path, zygote, dataset, figures, postgres_server, postgres_url):
    cluster = Cluster(zygote, tmp_path, postgres_url, str(tmp_path / "blobs"))
    try:
        stop, start = lambda: postgres_server.stop("immediate"), postgres_server.start
        go_through(cluster, dataset, stop, start, figures, refuses_reads=True)
    finally:
        cluster.close()


def test_a_blob_store_that_stops(tmp_path, zygote, dataset, figures, text_csv, monkeypatch):
    """Uploads are refused, a job that wants to publish waits; whatever needs no bytes goes on."""
    with running_object_store() as store, gate_to(store.port) as gate:
        environment = store.environment(gate.port)
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        cluster = Cluster(
            zygote, tmp_path, f"sqlite:///{tmp_path}/ledger.sqlite", f"{store.bucket_url}/blobs", environment
        )
        try:
            server = cluster.add_server()
            name, records = dataset(cluster.address()), Records()
            gate.shut()
            worker = cluster.add_worker(**QUICK)
            with Asker(cluster.address(), name) as asker, Client(cluster.address(), patience=0.0) as client:
                job = asker.create("running").name
                until(lambda: asker.get(job).stage != 0)
                other = text_csv.with_name("other.csv")
                other.write_text(text_csv.read_text().replace("note", "remark"))
                with pytest.raises(Unavailable, match="object store"):
                    client.upload(other)
                assert asker.get(job).state == asker.get(job).STATE_RUNNING
                gate.open()
                seconds = until(lambda: answers(lambda: client.upload(other)))
            records.created = [Created("running", job.rpartition("/")[2])]
            all_done_and_sound(cluster, records)
            assert (server.starts, worker.starts) == (1, 1)
            figures(f"upload refused, taken {seconds:.1f} s after the store was back, the waiting job SUCCEEDED")
        finally:
            cluster.close()
