"""ArtifactService."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TypeAlias

import grpc

from automl_tl import names
from automl_tl.errors import DataCorrupted, NotFound, OutOfRange
from automl_tl.server.backend import Backend
from automl_tl.server.convert.resources import artifact_to_wire
from automl_tl.store.pages import PageRequest
from automl_tl.v1 import artifacts_pb2 as wire
from automl_tl.v1 import artifacts_pb2_grpc

__all__ = ["ArtifactService"]

Context: TypeAlias = grpc.aio.ServicerContext

_PIECE = 1 << 20


class ArtifactService(artifacts_pb2_grpc.ArtifactServiceServicer):
    """Shows and streams what jobs have published."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    async def ListArtifacts(  # noqa: N802
        self, request: wire.ListArtifactsRequest, context: Context
    ) -> wire.ListArtifactsResponse:
        """Return one page of a job's artifacts."""
        project, job = names.parse_job(request.parent, field="parent")
        page = PageRequest(request.page_size, request.page_token)
        found = await self._backend.run(self._backend.ledger.artifacts.list, project, job, page)
        artifacts = [artifact_to_wire(artifact) for artifact in found.items]
        return wire.ListArtifactsResponse(artifacts=artifacts, next_page_token=found.next_token)

    async def GetArtifact(self, request: wire.GetArtifactRequest, context: Context) -> wire.Artifact:  # noqa: N802
        """Return one artifact's description."""
        project, job, artifact = names.parse_artifact(request.name)
        return artifact_to_wire(
            await self._backend.run(self._backend.ledger.artifacts.get, project, job, artifact)
        )

    async def ReadArtifact(  # noqa: N802
        self, request: wire.ReadArtifactRequest, context: Context
    ) -> AsyncIterator[wire.ReadArtifactResponse]:
        """Stream an artifact's bytes from an offset."""
        backend, offset = self._backend, request.offset
        record = await backend.run(backend.ledger.artifacts.get, *names.parse_artifact(request.name))
        if not 0 <= offset <= record.size_bytes:
            raise OutOfRange(
                f"offset must be in [0, {record.size_bytes}], the artifact's size, but got {offset}",
                field="offset",
            )
        try:
            handle = await backend.run(backend.blobs.open, record.sha256)
        except NotFound:
            raise DataCorrupted(
                f"the bytes of {record.name} are gone; restore the blob store from a backup"
            ) from None
        with handle:
            handle.seek(offset)
            while True:
                chunk = await backend.run(handle.read, _PIECE)
                if chunk or offset == request.offset:
                    yield wire.ReadArtifactResponse(chunk=chunk, offset=offset)
                    backend.metrics.transferred("out", len(chunk))
                offset += len(chunk)
                if not chunk or offset >= record.size_bytes:
                    return
