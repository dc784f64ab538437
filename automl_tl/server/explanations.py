"""ExplanationService."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TypeAlias

import grpc

from automl_tl import errors, names
from automl_tl.errors import AutomlError, FailedPrecondition, RateLimited, Unanswered, Unavailable
from automl_tl.explain.plain import PlainExplanation
from automl_tl.json_codec import from_plain
from automl_tl.server.backend import Backend
from automl_tl.server.changes import ChangeFeed
from automl_tl.server.convert.explanations import (
    audit_from_wire,
    explanation_to_wire,
    question_from_wire,
)
from automl_tl.server.intake_child import PICTURE, Order
from automl_tl.server.upload import upload_place
from automl_tl.store.inquiries import ANSWERED, FAILED, WAITING, Question, Standing
from automl_tl.v1 import explanations_pb2 as wire
from automl_tl.v1 import explanations_pb2_grpc

__all__ = ["ExplanationService"]

Context: TypeAlias = grpc.aio.ServicerContext

_MOST_OF_A_PROJECT = 8
_WAIT_SECONDS = 300.0
"""How long a worker is waited for."""
_SLACK_SECONDS = 120.0
"""What a worker may need beside the explanation: opening model and data set, the last checks."""
_PICTURE_BYTES = 1 << 30
_PICTURE_SECONDS = 60


class ExplanationService(explanations_pb2_grpc.ExplanationServiceServicer):
    """Passes questions on to workers and streams their answers; never opens a model itself."""

    def __init__(self, backend: Backend, feed: ChangeFeed) -> None:
        self._backend = backend
        self._feed = feed
        self._open = 0

    async def ExplainPrediction(  # noqa: N802
        self, request: wire.ExplainPredictionRequest, context: Context
    ) -> AsyncIterator[wire.ExplainPredictionResponse]:
        """Ask, and stream what is known until the last word."""
        project, job = names.parse_job(request.name)
        question = question_from_wire(request)
        async with self._asked(project, job, question, request.image) as identifier:
            async for update in self._follow(identifier, question):
                yield update

    async def AuditJob(  # noqa: N802
        self, request: wire.AuditJobRequest, context: Context
    ) -> AsyncIterator[wire.AuditJobResponse]:
        """Ask, say that it goes on, and end with the report."""
        project, job = names.parse_job(request.name)
        question = audit_from_wire(request)
        async with self._asked(project, job, question, b"") as identifier:
            async for known in self._updates(identifier, question, "a worker is comparing groups"):
                if isinstance(known, str):
                    yield wire.AuditJobResponse(progress=wire.ExplanationProgress(message=known))
                else:
                    yield wire.AuditJobResponse(report_json=json.dumps(dict(known.answer)))

    @asynccontextmanager
    async def _asked(self, project: str, job: str, question: Question, image: bytes) -> AsyncIterator[str]:
        """Put a question to the workers while the stream lives; raises RateLimited if too many are open."""
        most = self._backend.config.max_watches
        if self._open >= most:
            raise RateLimited(f"{most} streams are open already; try again later", retry_seconds=5.0)
        self._open += 1
        try:
            identifier = await self._ask(project, job, question, image)
            try:
                yield identifier
            finally:
                await self._backend.clean_up(self._backend.ledger.inquiries.withdraw, identifier)
        finally:
            self._open -= 1

    async def _ask(self, project: str, job: str, question: Question, image: bytes) -> str:
        inquiries = self._backend.ledger.inquiries
        # Whether the job can be asked at all is known before anybody decodes a picture for it.
        await self._backend.run(inquiries.require, project, job, question)
        picture = await self._decoded(project, image) if image else None
        return await self._backend.run(
            inquiries.ask,
            project,
            job,
            question,
            picture=picture,
            patience=_WAIT_SECONDS + question.seconds + _SLACK_SECONDS,
            most=_MOST_OF_A_PROJECT,
        )

    async def _decoded(self, project: str, image: bytes) -> bytes:
        """Return the picture as a PNG that a confined process has made of it."""
        backend, config = self._backend, self._backend.config
        async with upload_place(backend, project=project, file_name=PICTURE, size_bytes=len(image)) as place:
            await backend.run((place / "image").write_bytes, image)
            order = Order(
                scratch=str(place),
                path=str(place / "image"),
                picture=True,
                limits=config.limits,
                memory_bytes=min(_PICTURE_BYTES, config.intake_memory_bytes),
                cpu_seconds=min(_PICTURE_SECONDS, config.intake_cpu_seconds),
            )
            await backend.intake.read_picture(order)
            return await backend.run((place / PICTURE).read_bytes)

    async def _follow(self, identifier: str, question: Question) -> AsyncIterator[wire.ExplainPredictionResponse]:
        async for known in self._updates(identifier, question, "a worker is explaining"):
            if isinstance(known, str):
                yield wire.ExplainPredictionResponse(progress=wire.ExplanationProgress(message=known))
            else:
                entry = from_plain(PlainExplanation, known.answer)
                yield wire.ExplainPredictionResponse(explanation=explanation_to_wire(entry))

    async def _updates(self, identifier: str, question: Question, working: str) -> AsyncIterator[Standing | str]:
        """Yield every new answer, and now and then what is going on; ends with the last answer."""
        began, spoken, seen, said = time.monotonic(), 0.0, 0, ""
        beat = self._backend.config.heartbeat_seconds
        while True:
            news = self._feed.news()
            now = await self._backend.run(self._backend.ledger.inquiries.standing, identifier)
            if now.state == FAILED:
                raise _error(now)
            if now.version > seen:
                seen = now.version
                yield now
                if now.state == ANSWERED:
                    return
                spoken = time.monotonic()
            elif said != now.state or time.monotonic() - spoken >= beat:
                said, spoken = now.state, time.monotonic()
                yield "waiting for a worker" if now.state == WAITING else working
            _require_time(now, time.monotonic() - began, question)
            await self._feed.wait(news, beat)


def _require_time(now: Standing, seconds: float, question: Question) -> None:
    if now.state == WAITING and seconds > _WAIT_SECONDS:
        raise Unanswered(f"no worker took the question within {_WAIT_SECONDS:g} s; start one, or try again later")
    if seconds > _WAIT_SECONDS + question.seconds + _SLACK_SECONDS:
        raise Unanswered("the worker has not answered in time; try again later")


def _error(now: Standing) -> AutomlError:
    """Return the error that the worker told; what was away for it is not the service, so nobody waits for that."""
    reason, message = str(now.answer.get("reason", "")), str(now.answer.get("message", ""))
    kinds = [getattr(errors, name) for name in errors.__all__]
    kind = next((each for each in kinds if each.reason == reason), FailedPrecondition)
    return Unanswered(message) if kind is Unavailable else kind(message)
