"""The status page: jobs, how far they are, and their reports; it shows and changes nothing."""

from __future__ import annotations

import base64
import binascii
import re
from datetime import UTC, datetime
from functools import lru_cache
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

from automl_tl import names
from automl_tl.errors import AutomlError, InvalidInput, NotFound, PermissionDenied, Unauthenticated, Unavailable
from automl_tl.pipeline.spec import JobState, Stage
from automl_tl.report import wording
from automl_tl.server.access import Access, Caller
from automl_tl.server.web import Answer, Ask
from automl_tl.store.pages import PageRequest
from automl_tl.store.records import ArtifactRecord, JobRecord

if TYPE_CHECKING:
    from automl_tl.server.backend import Backend

__all__ = ["PAGE_POLICY", "REPORT_POLICY", "StatusPage"]

PAGE_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
REPORT_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'; sandbox"
)
"""A report is not of this server's making only: it comes without rights, whatever is in it."""

_REFRESH_SECONDS = 5
_PROJECTS = 20
_JOBS_OF_EACH = 10
_RANKED = 10
_LARGEST_REPORT = 32 << 20
_STATUS = {
    Unauthenticated: HTTPStatus.UNAUTHORIZED,
    PermissionDenied: HTTPStatus.FORBIDDEN,
    NotFound: HTTPStatus.NOT_FOUND,
    InvalidInput: HTTPStatus.NOT_FOUND,
    Unavailable: HTTPStatus.SERVICE_UNAVAILABLE,
}


class StatusPage:
    """Answers requests for pages.

    Where tokens are required, a browser asks for one: it is the password, the user's name does not matter.
    """

    def __init__(self, backend: Backend, access: Access) -> None:
        self._backend = backend
        self._access = access

    async def show(self, ask: Ask) -> Answer:
        """Return the page at a path; an error is a page too."""
        try:
            caller = await self._caller(ask)
            return await self._backend.run(self._page, ask, caller)
        except AutomlError as error:
            return _error_page(error)

    async def _caller(self, ask: Ask) -> Caller:
        sent = ask.headers.get("authorization", "")
        return await self._access.caller([("authorization", _as_bearer(sent))] if sent else [])

    def _page(self, ask: Ask, caller: Caller) -> Answer:
        if ask.path == "/":
            return self._overview(caller)
        if found := re.fullmatch(r"/(projects/[^/]+)", ask.path):
            return self._project(names.parse_project(found[1]), ask.query.get("page", ""), caller)
        if found := re.fullmatch(r"/(projects/[^/]+/jobs/[^/]+)", ask.path):
            return self._job(*names.parse_job(found[1]), caller)
        if found := re.fullmatch(r"/(projects/[^/]+/jobs/[^/]+/artifacts/[^/]+)", ask.path):
            return self._report(*names.parse_artifact(found[1]), caller)
        raise NotFound("there is no such page")

    def _overview(self, caller: Caller) -> Answer:
        ledger = self._backend.ledger
        projects = (caller.project,) if caller.project else ledger.overview.projects()
        page = PageRequest(_JOBS_OF_EACH)
        shown = [(project, ledger.jobs.list(project, page)) for project in projects[:_PROJECTS]]
        return _rendered("overview.html.j2", title="Jobs", projects=shown, more=len(projects) - len(shown))

    def _project(self, project: str, token: str, caller: Caller) -> Answer:
        caller.require(project)
        page = self._backend.ledger.jobs.list(project, PageRequest(0, token))
        return _rendered("project.html.j2", title=f"Jobs of {project}", project=project, page=page)

    def _job(self, project: str, job: str, caller: Caller) -> Answer:
        caller.require(project)
        ledger = self._backend.ledger
        record = ledger.jobs.get(project, job)
        ranked = ledger.rankings.list(project, job, PageRequest(_RANKED)).items
        artifacts = ledger.artifacts.list(project, job, PageRequest(1000)).items
        return _rendered(
            "job.html.j2",
            title=record.job,
            refresh=not record.state.final,
            job=record,
            ranked=ranked,
            reports=[artifact for artifact in artifacts if _is_page(artifact)],
            files=[artifact for artifact in artifacts if not _is_page(artifact)],
        )

    def _report(self, project: str, job: str, artifact: str, caller: Caller) -> Answer:
        caller.require(project)
        record = self._backend.ledger.artifacts.get(project, job, artifact)
        if not _is_page(record) or record.size_bytes > _LARGEST_REPORT:
            raise NotFound("only reports are shown here; download other files with the client")
        with self._backend.blobs.open(record.sha256) as handle:
            body = handle.read(_LARGEST_REPORT)
        return Answer(body, headers={"Content-Security-Policy": REPORT_POLICY})


def _is_page(artifact: ArtifactRecord) -> bool:
    return artifact.media_type.partition(";")[0] == "text/html"


def _as_bearer(sent: str) -> str:
    """Return ``Bearer TOKEN`` of what a browser or a program sent; raises Unauthenticated."""
    kind, _, rest = sent.partition(" ")
    if kind.lower() != "basic":
        return sent
    try:
        word = base64.b64decode(rest.strip(), validate=True).decode().partition(":")[2]
    except (binascii.Error, UnicodeDecodeError):
        raise Unauthenticated("the authorization header cannot be read") from None
    return f"Bearer {word}"


def _error_page(error: AutomlError) -> Answer:
    status = next((code for kind, code in _STATUS.items() if isinstance(error, kind)), HTTPStatus.BAD_REQUEST)
    page = _rendered(
        "error.html.j2", title=f"{status.value} {status.phrase}", refresh=False, message=error.message
    )
    headers = dict(page.headers)
    if status is HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = 'Basic realm="automl_tl", charset="UTF-8"'
    return Answer(page.body, page.content_type, status, headers)


def _rendered(name: str, *, title: str, refresh: bool = True, **values: Any) -> Answer:
    html = (
        _environment()
        .get_template(name)
        .render(title=title, refresh=_REFRESH_SECONDS if refresh else 0, now=datetime.now(UTC), **values)
    )
    return Answer(html.encode(), headers={"Content-Security-Policy": PAGE_POLICY})


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = Environment(
        loader=ChoiceLoader([PackageLoader("automl_tl.server"), PackageLoader("automl_tl.report")]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "count": wording.count,
        "duration": wording.duration,
        "figure": wording.figure,
        "interval": wording.interval,
        "metric_label": wording.metric_label,
        "percent": wording.percent,
        "tone": _tone,
        "share": _share,
        "took": _took,
    }
    return environment


def _tone(state: JobState) -> str:
    """Return the class that colours a state in the reports' style."""
    return {"SUCCEEDED": "good", "FAILED": "bad", "CANCELLED": "caution", "CANCELLING": "caution"}.get(
        state, "unknown"
    )


def _share(job: JobRecord) -> float:
    """Return how far a job is as a whole, in [0, 1]: its stages count alike."""
    if job.state.final:
        return 1.0
    stages = [stage.value for stage in Stage]
    if job.stage not in stages:
        return 0.0
    return (stages.index(job.stage) + min(max(job.progress, 0.0), 1.0)) / len(stages)


def _took(job: JobRecord, now: datetime) -> str:
    """Return how long a job runs or ran, "" before it began."""
    if job.start_time is None:
        return ""
    return wording.duration(max(0.0, ((job.end_time or now) - job.start_time).total_seconds()))
