"""A finished job has what others leave behind."""

from automl_tl.finetune.fitted import load
from automl_tl.store.layout import DataDirectory
from automl_tl.store.ledger import Ledger
from automl_tl.store.local_blobs import LocalBlobStore
from automl_tl.testing.finished_job import finished_job


def test_its_model_answers(tmp_path, text_csv):
    """With the classes of its data set; on demand together with a second one, as most fine-tuned ones do."""
    name = finished_job(tmp_path / "data", text_csv, mixture=True)
    assert name == "projects/default/jobs/job-1"
    directory = DataDirectory(tmp_path / "data")
    ledger = Ledger(directory.ledger_url)
    assert ledger.jobs.get("default", "job-1").state == "SUCCEEDED"
    digest = ledger.artifacts.get("default", "job-1", "model.zip").sha256
    model = load(LocalBlobStore(directory.blobs).copy(digest, tmp_path / "model.zip"))
    assert set(model.predict(["good"])) <= set(model.class_names)
    assert len(model.members) == 1
    assert model.parts == (0.5, 0.5)
    ledger.close()
