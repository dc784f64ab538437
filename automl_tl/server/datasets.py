"""DatasetService."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import TypeAlias

import grpc
from google.protobuf.empty_pb2 import Empty

from automl_tl import names
from automl_tl.errors import DataCorrupted
from automl_tl.server.backend import Backend
from automl_tl.server.convert.resources import dataset_to_wire
from automl_tl.server.intake import register, store_upload
from automl_tl.server.partial_uploads import check_upload_id
from automl_tl.server.request_keys import request_key
from automl_tl.server.upload import Header, check_display_name, read_header, receive, upload_place
from automl_tl.store.pages import PageRequest
from automl_tl.v1 import datasets_pb2 as wire
from automl_tl.v1 import datasets_pb2_grpc

__all__ = ["DatasetService"]

Context: TypeAlias = grpc.aio.ServicerContext


class DatasetService(datasets_pb2_grpc.DatasetServiceServicer):
    """Takes, shows and erases datasets."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    async def RegisterDataset(  # noqa: N802
        self, request: wire.RegisterDatasetRequest, context: Context
    ) -> wire.Dataset:
        """Check data that lies on this machine and remember where."""
        project, backend = names.parse_project(request.parent), self._backend
        key = request_key(project, request)
        name = check_display_name(request.dataset.display_name, field="dataset.display_name")
        known = await backend.run(backend.ledger.datasets.recall, key)
        if known is not None:
            return dataset_to_wire(known)
        async with upload_place(backend, project=project, file_name=request.uri) as scratch:
            record = await register(
                backend,
                project,
                request.uri,
                scratch,
                modality=request.dataset.modality,
                display_name=name,
                key=key,
            )
        return dataset_to_wire(record)

    async def UploadDataset(  # noqa: N802
        self, request_iterator: AsyncIterator[wire.UploadDatasetRequest], context: Context
    ) -> wire.Dataset:
        """Receive a file, check it, store it."""
        backend = self._backend
        header = await read_header(request_iterator, max_bytes=backend.config.limits.max_bytes)
        about = {"project": header.project, "file_name": header.file_name, "sha256": header.sha256}
        async with upload_place(backend, size_bytes=header.size_bytes, **about) as place:
            await self._receive(request_iterator, header, place / "upload")
            record = await store_upload(
                backend,
                upload=place / "upload",
                modality=header.modality,
                display_name=header.display_name,
                **about,
            )
        return dataset_to_wire(record)

    async def GetUpload(self, request: wire.GetUploadRequest, context: Context) -> wire.Upload:  # noqa: N802
        """Return how much of a broken upload is there."""
        project = names.parse_project(request.parent)
        upload_id = check_upload_id(request.upload_id, field="upload_id")
        received = await self._backend.run(self._backend.partial_uploads.received, project, upload_id)
        return wire.Upload(received_bytes=received)

    async def _receive(
        self, messages: AsyncIterator[wire.UploadDatasetRequest], header: Header, target: Path
    ) -> None:
        """Receive into ``target``, by way of a file that outlives a broken stream if the sender wants that."""
        if not header.upload_id:
            await receive(messages, header, target, self._backend)
            return
        partials = self._backend.partial_uploads
        async with partials.receiving(header.project, header.upload_id, header.sha256) as partial:
            try:
                await receive(messages, header, partial, self._backend)
            except DataCorrupted:
                # What is too short can go on; what is wrong cannot.
                if partial.stat().st_size >= header.size_bytes:
                    partial.unlink()
                raise
            partial.replace(target)

    async def GetDataset(self, request: wire.GetDatasetRequest, context: Context) -> wire.Dataset:  # noqa: N802
        """Return one dataset."""
        project, digest = names.parse_dataset(request.name)
        return dataset_to_wire(await self._backend.run(self._backend.ledger.datasets.get, project, digest))

    async def ListDatasets(  # noqa: N802
        self, request: wire.ListDatasetsRequest, context: Context
    ) -> wire.ListDatasetsResponse:
        """Return one page of datasets."""
        project = names.parse_project(request.parent)
        page = PageRequest(request.page_size, request.page_token)
        found = await self._backend.run(self._backend.ledger.datasets.list, project, page)
        datasets = [dataset_to_wire(dataset) for dataset in found.items]
        return wire.ListDatasetsResponse(datasets=datasets, next_page_token=found.next_token)

    async def DeleteDataset(self, request: wire.DeleteDatasetRequest, context: Context) -> Empty:  # noqa: N802
        """Erase a dataset and every file made of it alone."""
        project, digest = names.parse_dataset(request.name)
        backend = self._backend
        key = request_key(project, request)
        blob = await backend.run(backend.ledger.datasets.delete, project, digest, key=key)
        if blob:
            await backend.run(backend.partial_uploads.erase, project, blob)
        await backend.run(backend.ledger.erasures.carry_out, backend.directory, backend.blobs)
        return Empty()
