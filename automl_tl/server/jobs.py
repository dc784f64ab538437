"""JobService."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import TypeAlias

import grpc
from google.protobuf.empty_pb2 import Empty

from automl_tl import names
from automl_tl.errors import AlreadyExists, InvalidInput, NotFound, RateLimited
from automl_tl.pipeline.spec import JobSpec, JobState
from automl_tl.server.backend import Backend
from automl_tl.server.changes import ChangeFeed
from automl_tl.server.convert.jobs import job_to_wire, ranked_model_to_wire, trial_to_wire
from automl_tl.server.convert.spec import SPEC, budget_from_wire, spec_from_wire, spec_to_wire
from automl_tl.server.convert.values import enum_number, enum_word
from automl_tl.server.job_checks import check_job
from automl_tl.server.job_reader import JobReader
from automl_tl.server.request_keys import request_key
from automl_tl.server.watch import watch_job
from automl_tl.store.pages import PageRequest
from automl_tl.v1 import jobs_pb2 as wire
from automl_tl.v1 import jobs_pb2_grpc

__all__ = ["JobService"]

Context: TypeAlias = grpc.aio.ServicerContext

_MAX_REASON = 1000


class JobService(jobs_pb2_grpc.JobServiceServicer):
    """Creates, shows, stops and deletes jobs; it never runs one."""

    def __init__(self, backend: Backend, feed: ChangeFeed) -> None:
        self._backend = backend
        self._feed = feed
        self._reader = JobReader(backend)
        self._watching = 0

    async def CreateJob(self, request: wire.CreateJobRequest, context: Context) -> wire.Job:  # noqa: N802
        """Check everything, then queue the job."""
        return await self._backend.run(self._create, request)

    async def GetJob(self, request: wire.GetJobRequest, context: Context) -> wire.Job:  # noqa: N802
        """Return one job."""
        project, job = names.parse_job(request.name)
        return await self._reader.get(project, job)

    async def ListJobs(self, request: wire.ListJobsRequest, context: Context) -> wire.ListJobsResponse:  # noqa: N802
        """Return one page of jobs."""
        project = names.parse_project(request.parent)
        words = [enum_word(wire.Job.State, "STATE", number, field="states") for number in request.states]
        states = [JobState(word) for word in words if word]
        page = PageRequest(request.page_size, request.page_token)
        found = await self._backend.run(self._backend.ledger.jobs.list, project, page, states=states)
        jobs = [job_to_wire(job) for job in found.items]
        return wire.ListJobsResponse(jobs=jobs, next_page_token=found.next_token)

    async def CancelJob(self, request: wire.CancelJobRequest, context: Context) -> wire.Job:  # noqa: N802
        """Ask a job to stop."""
        project, job = names.parse_job(request.name)
        if len(request.reason) > _MAX_REASON:
            raise InvalidInput(
                f"reason must have at most {_MAX_REASON} characters but has {len(request.reason)}", field="reason"
            )
        key = request_key(project, request)
        cancel = self._backend.ledger.jobs.cancel
        return job_to_wire(await self._backend.run(cancel, project, job, reason=request.reason, key=key))

    async def ResumeJob(self, request: wire.ResumeJobRequest, context: Context) -> wire.Job:  # noqa: N802
        """Queue a stopped job again."""
        project, job = names.parse_job(request.name)
        budget = budget_from_wire(request.budget) if request.HasField("budget") else None
        key = request_key(project, request)
        resume, quota = self._backend.ledger.jobs.resume, self._backend.config.quota
        return job_to_wire(await self._backend.run(resume, project, job, budget=budget, key=key, quota=quota))

    async def DeleteJob(self, request: wire.DeleteJobRequest, context: Context) -> Empty:  # noqa: N802
        """Delete a finished job with its files."""
        project, job = names.parse_job(request.name)
        backend = self._backend
        await backend.run(backend.ledger.jobs.delete, project, job, key=request_key(project, request))
        await backend.run(backend.ledger.erasures.carry_out, backend.directory, backend.blobs)
        return Empty()

    async def WatchJob(  # noqa: N802
        self, request: wire.WatchJobRequest, context: Context
    ) -> AsyncIterator[wire.JobEvent]:
        """Stream a job's events."""
        project, job = names.parse_job(request.name)
        config = self._backend.config
        if self._watching >= config.max_watches:
            raise RateLimited(f"{config.max_watches} streams are open already; try again later", retry_seconds=5.0)
        self._watching += 1
        try:
            beat = config.heartbeat_seconds
            events = watch_job(self._feed, project, job, after=request.after_sequence, heartbeat_seconds=beat)
            async for event in events:
                yield event
        finally:
            self._watching -= 1

    async def ListRankedModels(  # noqa: N802
        self, request: wire.ListRankedModelsRequest, context: Context
    ) -> wire.ListRankedModelsResponse:
        """Return one page of the ranking."""
        project, job = names.parse_job(request.parent, field="parent")
        page = PageRequest(request.page_size, request.page_token)
        found = await self._backend.run(self._backend.ledger.rankings.list, project, job, page)
        models = [ranked_model_to_wire(model) for model in found.items]
        return wire.ListRankedModelsResponse(ranked_models=models, next_page_token=found.next_token)

    async def ListTrials(  # noqa: N802
        self, request: wire.ListTrialsRequest, context: Context
    ) -> wire.ListTrialsResponse:
        """Return one page of trials."""
        project, job = names.parse_job(request.parent, field="parent")
        page = PageRequest(request.page_size, request.page_token)
        found = await self._backend.run(self._backend.ledger.trials.list, project, job, page)
        trials = [trial_to_wire(project, job, trial) for trial in found.items]
        return wire.ListTrialsResponse(trials=trials, next_page_token=found.next_token)

    def _create(self, request: wire.CreateJobRequest) -> wire.Job:
        project = names.parse_project(request.parent)
        key = request_key(project, request)
        jobs = self._backend.ledger.jobs
        # A repetition is answered before anything is checked: what was right then need not be right now.
        known = None if request.validate_only else jobs.recall(key)
        if known is not None:
            return job_to_wire(known)
        spec = self._checked(project, request.job.spec)
        if request.validate_only:
            return self._would_be(project, request.job_id, spec)
        quota = self._backend.config.quota
        return job_to_wire(jobs.create(project, spec, job=request.job_id, key=key, quota=quota))

    def _checked(self, project: str, message: wire.JobSpec) -> JobSpec:
        spec = spec_from_wire(message)
        owner, digest = names.parse_dataset(spec.dataset, field=f"{SPEC}.dataset")
        if owner != project:
            raise InvalidInput(
                f"{SPEC}.dataset must be of the job's own project {project!r} but got {spec.dataset!r}",
                field=f"{SPEC}.dataset",
            )
        try:
            dataset = self._backend.ledger.datasets.get(owner, digest)
        except NotFound:
            raise NotFound(f"{SPEC}.dataset: there is no {spec.dataset}; upload it first") from None
        check_job(spec, dataset, self._backend.catalog)
        return spec

    def _would_be(self, project: str, job: str, spec: JobSpec) -> wire.Job:
        name = ""
        if job:
            name = names.job_name(project, job)
            names.parse_job(name, field="job_id")
            if self._exists(project, job):
                raise AlreadyExists(f"job {job!r} exists in project {project!r}; choose another job_id")
        now = datetime.now(UTC)
        state = enum_number(wire.Job.State, "STATE", JobState.QUEUED.value)
        return wire.Job(name=name, spec=spec_to_wire(spec), state=state, create_time=now, queue_time=now)

    def _exists(self, project: str, job: str) -> bool:
        try:
            self._backend.ledger.jobs.get(project, job)
        except NotFound:
            return False
        return True
