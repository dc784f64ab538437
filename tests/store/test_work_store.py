"""One place for all jobs of a service."""

from automl_tl.store.shared_files import SharedFiles
from automl_tl.store.work_store import WorkStore

OTHER = "ab" * 32


def test_jobs_do_not_see_each_other(tmp_path):
    store = WorkStore(SharedFiles(f"memory://{tmp_path.name}"))
    (tmp_path / "t0001").mkdir()
    store.trials("default", "job-1").publish("t0001", tmp_path, None)
    assert len(store.trials("default", "job-1").all_published()) == 1
    assert store.trials("default", "job-2").all_published() == ()


def test_what_belongs_to_rows_that_are_gone_is_swept(shop, tmp_path):
    """And nothing else, whatever lies there."""
    job = shop.job("job-1")
    files = SharedFiles(f"memory://{tmp_path.name}")
    kept = [
        "jobs/default/job-1/t0001/published.json",
        f"datasets/{job.spec.dataset.rpartition('/')[2]}/copy.json",
        "jobs/Not A Project/x/y",
    ]
    gone = ["jobs/default/job-2/t0001/published.json", f"datasets/{OTHER}/copy.json", f"embeddings/{OTHER}/x.json"]
    for name in (*kept, *gone):
        files.write(b"x", name)
    assert WorkStore(files).sweep(shop.ledger) == 3
    assert [name for name in (*kept, *gone) if files.exists(name)] == kept
    assert WorkStore(files).sweep(shop.ledger) == 0
