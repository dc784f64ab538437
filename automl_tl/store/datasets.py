"""Datasets: immutable, named by the digest of their content."""

from __future__ import annotations

import dataclasses
from typing import Any

from sqlalchemy import Connection, Select, select

from automl_tl.data.dataset import RowIssue
from automl_tl.errors import DataCorrupted, FailedPrecondition, NotFound
from automl_tl.pipeline.columns import ColumnSummary
from automl_tl.pipeline.spec import JobState
from automl_tl.store import erasures, schema
from automl_tl.store.blobs import BlobStore
from automl_tl.store.codec import from_json, from_seconds, to_json
from automl_tl.store.engine import Database
from automl_tl.store.locks import hold
from automl_tl.store.pages import Page, PageRequest
from automl_tl.store.records import DatasetRecord
from automl_tl.store.requests import RequestKey, recall, recall_alone, remember

__all__ = ["Datasets", "check_modality"]

_FINAL = tuple(state.value for state in JobState if state.final)


class Datasets:
    """Dataset rows."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def recall(self, key: RequestKey) -> DatasetRecord | None:
        """Return the dataset that an earlier request with this key registered, None if there was none."""
        with self._database.read() as connection:
            answer = recall(connection, key)
            return None if answer is None else _record(_find(connection, key.project, answer))

    def add(
        self, record: DatasetRecord, blobs: BlobStore, *, key: RequestKey | None = None, modality: str = ""
    ) -> DatasetRecord:
        """Store a dataset, or return the one with the same content that is there already, under its first name.

        One that was registered then lies where it was registered last, or in the blob that it was uploaded as; one
        that was uploaded keeps its first blob.

        Parameters
        ----------
        modality
            What the caller asked for; "" takes what is there.

        Raises
        ------
        DataCorrupted
            If its blob is gone: it was erased between its being stored and this call. Store it again.
        FailedPrecondition
            If it is there with another modality than was asked for.
        """
        with self._database.write() as connection:
            now = self._database.now(connection)
            if recall_alone(connection, key) is None:
                remember(connection, key, record.digest, now)
            hold(connection, "dataset", record.digest)
            row = connection.execute(_same(record).with_for_update()).first()
            if row is not None:
                check_modality(_record(row), modality)
            place = _columns(record) if row is None else _new_place(row, record)
            if place.get("blob"):
                hold(connection, "blob", record.blob)
                if not blobs.exists(record.blob):
                    raise DataCorrupted(f"the blob of dataset {record.name} is gone; store it again")
            table = schema.datasets
            if row is None:
                connection.execute(table.insert().values(**place, create_time=now))
            elif place:
                connection.execute(table.update().where(table.c.id == row.id).values(**place))
            return _record(connection.execute(_same(record)).one())

    def get(self, project: str, digest: str) -> DatasetRecord:
        """Return one dataset; raises NotFound."""
        with self._database.read() as connection:
            return _record(_find(connection, project, digest))

    def list(self, project: str, page: PageRequest) -> Page[DatasetRecord]:
        """Return one page of datasets, newest first."""
        table = schema.datasets
        query = ("datasets", project)
        after = page.after(query)
        chosen = select(table).where(table.c.project == project)
        if after is not None:
            chosen = chosen.where(table.c.id < after)
        with self._database.read() as connection:
            rows = connection.execute(chosen.order_by(table.c.id.desc()).limit(page.limit + 1)).all()
        return page.page(rows, lambda row: int(row.id), query).map(_record)

    def delete(self, project: str, digest: str, *, key: RequestKey | None = None) -> str:
        """Delete a dataset's row and return its blob's digest, "" without one or if an equal request deleted it.

        :meth:`Erasures.carry_out` then erases its files.

        Raises
        ------
        NotFound
            If there is no such dataset, unless an equal request deleted it.
        FailedPrecondition
            While a job that is not finished uses it.
        """
        table = schema.datasets
        with self._database.write() as connection:
            if recall_alone(connection, key) is not None:
                return ""
            now = self._database.now(connection)
            # Whoever creates a job shares this row, so that no job gets past the check.
            row = _find(connection, project, digest, alone=True)
            _require_unused(connection, project, digest)
            connection.execute(table.delete().where(table.c.id == row.id))
            erasures.demand(connection, "dataset", project, digest, [row.blob] if row.blob else [], now)
            remember(connection, key, digest, now)
            return row.blob or ""


def check_modality(known: DatasetRecord, modality: str) -> None:
    """Refuse a modality that a dataset does not have; "" goes with every one. Raises FailedPrecondition."""
    if modality and modality != known.modality:
        raise FailedPrecondition(
            f"modality: the same content is there as {known.name} and was read as {known.modality!r}, but "
            f"{modality!r} was asked for; delete that dataset first, or leave the modality out to use it as it is",
            field="modality",
        )


def _same(record: DatasetRecord) -> Select[Any]:
    table = schema.datasets
    return select(table).where(table.c.project == record.project, table.c.digest == record.digest)


def _new_place(row: Any, record: DatasetRecord) -> dict[str, Any]:
    """Return what changes of a row since its content was found somewhere else; {} where nothing does."""
    if row.blob or not (record.blob or record.uri):
        return {}
    return {name: _columns(record)[name] for name in ("blob", "file_name", "uri", "size_bytes")}


def _find(connection: Connection, project: str, digest: str, *, alone: bool = False) -> Any:
    table = schema.datasets
    query = select(table).where(table.c.project == project, table.c.digest == digest)
    row = connection.execute(query.with_for_update() if alone else query).first()
    if row is None:
        raise NotFound(f"there is no dataset {digest!r} in project {project!r}", field="name")
    return row


def _require_unused(connection: Connection, project: str, digest: str) -> None:
    jobs = schema.jobs
    query = select(jobs.c.job, jobs.c.state).where(jobs.c.project == project, jobs.c.dataset == digest)
    user = connection.execute(query.where(jobs.c.state.not_in(_FINAL)).limit(1)).first()
    if user is not None:
        raise FailedPrecondition(
            f"job {user.job!r} is {user.state} and uses the dataset; cancel it or wait for it"
        )


def _columns(record: DatasetRecord) -> dict[str, Any]:
    return {
        "project": record.project,
        "digest": record.digest,
        "display_name": record.display_name,
        "modality": record.modality,
        "columns": to_json([dataclasses.asdict(column) for column in record.columns]),
        "row_count": record.row_count,
        "size_bytes": record.size_bytes,
        "issues": to_json([dataclasses.asdict(issue) for issue in record.issues]),
        "issue_count": record.issue_count,
        "blob": record.blob or None,
        "file_name": record.file_name,
        "uri": record.uri,
    }


def _record(row: Any) -> DatasetRecord:
    columns = [
        ColumnSummary(**{**values, "example_values": tuple(values["example_values"])})
        for values in from_json(row.columns)
    ]
    return DatasetRecord(
        project=row.project,
        digest=row.digest,
        display_name=row.display_name,
        modality=row.modality,
        columns=tuple(columns),
        row_count=row.row_count,
        size_bytes=row.size_bytes,
        issues=tuple(RowIssue(**values) for values in from_json(row.issues)),
        issue_count=row.issue_count,
        blob=row.blob or "",
        file_name=row.file_name,
        uri=row.uri,
        create_time=from_seconds(row.create_time),
    )
