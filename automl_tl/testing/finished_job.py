"""A finished job in a ledger, made without training: what it delivered is a tiny model with a random head."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np

from automl_tl.data.dataset import Dataset
from automl_tl.data.load import load_dataset
from automl_tl.data.sources.base import fetch_dataset
from automl_tl.finetune.classifier import Classifier, random_head
from automl_tl.finetune.evaluation import Predictions
from automl_tl.finetune.fitted import FittedModel
from automl_tl.finetune.model_archive import pack
from automl_tl.json_codec import to_plain
from automl_tl.pipeline.events import MODEL_KIND
from automl_tl.pipeline.spec import JobSpec, JobState, Stage
from automl_tl.search.budget import StopReason
from automl_tl.store.layout import DataDirectory
from automl_tl.store.places import Places
from automl_tl.store.records import DatasetRecord
from automl_tl.store.stages import Publication
from automl_tl.testing.tiny_models import tiny_image_model, tiny_text_model

__all__ = ["finished_job"]


def finished_job(
    data_directory: Path,
    source: Path,
    *,
    places: Places | None = None,
    job: str = "job-1",
    mixture: bool = False,
    **spec: object,
) -> str:
    """Enter a job on the folder of pictures or table of texts at ``source`` and return its resource name.

    With ``mixture`` a second model answers half and half beside the first, as after most fine-tuning.
    """
    directory, places = DataDirectory(data_directory).create(), places or Places()
    ledger, blobs = places.open_ledger(directory), places.open_blobs(directory)
    try:
        scratch = directory.work / f"finished_{job}"
        scratch.mkdir()
        dataset = load_dataset(fetch_dataset(source.as_uri(), scratch))
        record = ledger.datasets.add(
            DatasetRecord(
                "default", dataset.digest, "data", dataset.modality, (), len(dataset), 0, uri=source.as_uri()
            ),
            blobs,
        )
        wanted = JobSpec.model_validate({"dataset": record.name, "target": "label", **spec})
        ledger.jobs.create("default", wanted, job=job)
        lease = ledger.claim_next("test", 60.0, job=f"projects/default/jobs/{job}")
        assert lease is not None
        work = directory.job_work("default", job)
        names = tuple(sorted(set(dataset.columns["label"])))
        saved = _model(dataset.modality, names, mixture).save(work / "model")
        files = [
            Publication(
                "model.zip", MODEL_KIND, "application/zip", blobs.put_file(pack(saved, work / "model.zip"))
            )
        ]
        results = work / "test_results.json"
        results.write_text(json.dumps({"predictions": to_plain(_answers(dataset, names))}), encoding="utf-8")
        files.append(Publication("test_results.json", "test_results", "application/json", blobs.put_file(results)))
        ledger.publish_stage(lease, Stage.FIT, files, blobs)
        ledger.finish(lease, JobState.SUCCEEDED, StopReason.COMPLETED)
        return lease.name
    finally:
        ledger.close()


def _answers(dataset: Dataset, names: tuple[str, ...]) -> Predictions:
    """Return answers to every row, of which every fifth is wrong."""
    labels = np.array([names.index(value) for value in dataset.columns["label"]])
    said = (labels + (np.arange(len(labels)) % 5 == 0)) % len(names)
    return Predictions(np.arange(len(labels)), labels, np.eye(len(names), dtype=np.float32)[said])


def _model(modality: str, names: tuple[str, ...], mixture: bool) -> FittedModel:
    lead = _single(modality, names, 0)
    return replace(lead, members=(_single(modality, names, 1),), parts=(0.5, 0.5)) if mixture else lead


def _single(modality: str, names: tuple[str, ...], seed: int) -> FittedModel:
    backbone = tiny_image_model(seed=seed) if modality == "image" else tiny_text_model(seed=seed)
    head = random_head(len(names), backbone.embedding_size, seed=seed)
    return FittedModel.of(Classifier(backbone, head), names)
