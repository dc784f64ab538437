"""Datasets, artifacts and models as the wire has them."""

from __future__ import annotations

from automl_tl import names
from automl_tl.server.convert.values import timestamp
from automl_tl.store.records import ArtifactRecord, DatasetRecord
from automl_tl.v1 import artifacts_pb2, catalog_pb2, datasets_pb2
from automl_tl.zoo.card import ModelCard

__all__ = ["artifact_to_wire", "dataset_to_wire", "model_to_wire"]


def dataset_to_wire(dataset: DatasetRecord) -> datasets_pb2.Dataset:
    """Return a dataset."""
    return datasets_pb2.Dataset(
        name=dataset.name,
        display_name=dataset.display_name,
        modality=dataset.modality,
        columns=[
            datasets_pb2.DatasetColumn(
                name=column.name,
                unique_count=column.unique_count,
                missing_count=column.missing_count,
                example_values=column.example_values,
            )
            for column in dataset.columns
        ],
        row_count=dataset.row_count,
        size_bytes=dataset.size_bytes,
        create_time=timestamp(dataset.create_time),
        issues=[
            datasets_pb2.RowIssue(row=issue.row, problem=issue.problem, left_out=issue.left_out)
            for issue in dataset.issues
        ],
        issue_count=dataset.issue_count,
        uri=dataset.uri,
    )


def artifact_to_wire(artifact: ArtifactRecord) -> artifacts_pb2.Artifact:
    """Return an artifact's description."""
    return artifacts_pb2.Artifact(
        name=artifact.name,
        kind=artifact.kind,
        media_type=artifact.media_type,
        size_bytes=artifact.size_bytes,
        sha256=bytes.fromhex(artifact.sha256),
        create_time=timestamp(artifact.create_time),
        stage=artifact.stage,
    )


def model_to_wire(card: ModelCard) -> catalog_pb2.Model:
    """Return a candidate model."""
    return catalog_pb2.Model(
        name=names.model_name(card.id),
        id=card.id,
        modality=card.modality,
        parameter_count=card.parameters,
        license=card.licence,
        revision=card.revision,
        architecture=card.architecture,
        family=card.family,
        domain=card.domain,
        description=card.description,
        embedding_size=card.embedding_size,
    )
