"""Ray's Jobs API over HTTP: submit, look, stop. Needs no Ray on this side.

The calls are those of https://docs.ray.io/en/latest/cluster/running-applications/job-submission/rest.html.
Ray's own client waits for an answer without limit and prefers the variable RAY_ADDRESS to the address that it is
given.
"""

from __future__ import annotations

import json
import os
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit

from automl_tl.errors import FailedPrecondition, Unauthenticated, Unavailable

__all__ = ["JobsApi", "RayJob", "api_of_client", "ray_token"]

T = TypeVar("T")

_SHOWN = 80
_OVER = ("STOPPED", "SUCCEEDED", "FAILED")
_NO_ROOM_IN_TIME = "JOB_SUPERVISOR_ACTOR_START_TIMEOUT"
"""Ray's word for a submission that waited for RAY_JOB_START_TIMEOUT_SECONDS, as on a cluster that is busy."""


@dataclass(frozen=True)
class RayJob:
    """What Ray knows about one submission.

    ``status`` is PENDING, RUNNING, STOPPED, SUCCEEDED or FAILED; where the command failed, ``message`` ends with
    the last lines of its log. ``error_type`` is Ray's ``JobErrorType``, "" where nothing failed.
    """

    submission_id: str
    status: str
    message: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)
    error_type: str = ""

    @property
    def over(self) -> bool:
        """Whether it will never run again."""
        return self.status in _OVER

    @property
    def starved(self) -> bool:
        """Whether Ray gave it up without ever beginning it, because no room came free in time."""
        return self.status == "FAILED" and self.error_type == _NO_ROOM_IN_TIME


@dataclass(frozen=True)
class JobsApi:
    """The Jobs API of one cluster.

    Attributes
    ----------
    url
        ``http(s)://head:8265``; for https the certificates of this machine count, or those of ``SSL_CERT_FILE``.
    seconds
        How long one answer is waited for.
    token
        The cluster's; "" takes that of :func:`ray_token`.
    """

    url: str
    seconds: float = 15.0
    token: str = field(default="", repr=False)

    def submit(
        self,
        submission_id: str,
        entrypoint: str,
        *,
        metadata: Mapping[str, str],
        cpus: float = 1.0,
        gpus: float = 0.0,
    ) -> bool:
        """Submit a command; False where Ray has a job of this id already, whatever became of it.

        It sees no GPU that it does not ask for.

        Raises
        ------
        Unavailable, Unauthenticated, FailedPrecondition
            If the cluster does not answer, wants another token, or refuses the command.
        """
        body = {
            "submission_id": submission_id,
            "entrypoint": entrypoint,
            "metadata": dict(metadata),
            "entrypoint_num_cpus": cpus,
            **({"entrypoint_num_gpus": gpus} if gpus else {}),
        }
        status, text = self._ask("POST", "/api/jobs/", body)
        if status == 200:
            self._take(text, lambda answer: _check(answer["submission_id"] == submission_id))
            return True
        # A duplicate is told by a traceback in the text of an internal error; to look is surer than to read that.
        if self.find(submission_id) is not None:
            return False
        raise _refusal(status, text)

    def find(self, submission_id: str) -> RayJob | None:
        """Return one job, None where Ray knows none of this id."""
        status, text = self._ask("GET", f"/api/jobs/{quote(submission_id)}")
        if status == 404:
            return None
        return self._good(status, text, _job)

    def list(self) -> list[RayJob]:
        """Return every job that was submitted since the cluster's head started."""
        return self._good(*self._ask("GET", "/api/jobs/"), _jobs)

    def stop(self, submission_id: str) -> bool:
        """Have a job's processes ended (SIGTERM, seconds later SIGKILL); False if there is nothing to stop."""
        status, text = self._ask("POST", f"/api/jobs/{quote(submission_id)}/stop")
        return status != 404 and self._good(status, text, lambda answer: bool(answer["stopped"]))

    def _good(self, status: int, text: str, read: Callable[[Any], T]) -> T:
        if status != 200:
            raise _refusal(status, text)
        return self._take(text, read)

    def _take(self, text: str, read: Callable[[Any], T]) -> T:
        """Read an answer; one that somebody else gave, such as a proxy, raises Unavailable."""
        try:
            return read(json.loads(text))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            start = " ".join(text.split())[:_SHOWN]
            raise Unavailable(
                f"the Jobs API at {self.url} answered 200 with something that is not Ray's ({start!r}); is this "
                "the head's dashboard, and does no proxy before it ask for a login?"
            ) from None

    def _ask(self, method: str, path: str, body: Any = None) -> tuple[int, str]:
        url, token = urlsplit(self.url), self.token or ray_token()
        headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
        host, port = url.hostname or "", url.port
        connection = (
            HTTPSConnection(host, port, timeout=self.seconds, context=ssl.create_default_context())
            if url.scheme == "https"
            else HTTPConnection(host, port, timeout=self.seconds)
        )
        try:
            content = None if body is None else json.dumps(body)
            connection.request(method, url.path.rstrip("/") + path, body=content, headers=headers)
            answer = connection.getresponse()
            status, text = answer.status, answer.read().decode("utf-8", "replace")
        except (OSError, HTTPException) as error:
            raise Unavailable(
                f"the Jobs API at {self.url} does not answer ({error}); is the head node up?"
            ) from None
        finally:
            connection.close()
        if status in (401, 403):
            raise Unauthenticated(
                f"the Jobs API at {self.url} refuses this token ({text.strip()}); RAY_AUTH_TOKEN_PATH "
                "must name a file with the cluster's token"
            )
        return status, text


def ray_token(environment: Mapping[str, str] = os.environ) -> str:
    """Return the cluster's token from where Ray looks for it; "" if there is none or RAY_AUTH_MODE is disabled."""
    if environment.get("RAY_AUTH_MODE", "token").lower() == "disabled":
        return ""
    if environment.get("RAY_AUTH_TOKEN"):
        return environment["RAY_AUTH_TOKEN"].strip()
    path = Path(environment.get("RAY_AUTH_TOKEN_PATH") or Path.home() / ".ray" / "auth_token")
    return path.read_text(encoding="utf-8").strip() if path.is_file() else ""


def api_of_client(address: str) -> str:
    """Return the URL of the Jobs API of the cluster behind ``ray://host:port``; raises Unavailable."""
    from automl_tl.distributed.session import require_token

    require_token()
    from ray.dashboard.utils import ray_client_address_to_api_server_url

    try:
        return str(ray_client_address_to_api_server_url(address)).rstrip("/")
    except Exception as error:
        reason = " ".join(str(error).split())
        raise Unavailable(
            f"{address} does not tell where its Jobs API is ({reason}); name it: jobs+http://head:8265"
        ) from None


def _check(right: bool) -> None:
    if not right:
        raise ValueError("not what was asked for")


def _jobs(answer: Any) -> list[RayJob]:
    _check(isinstance(answer, list))
    return [_job(each) for each in answer if each.get("submission_id")]


def _job(plain: Mapping[str, Any]) -> RayJob:
    return RayJob(
        plain["submission_id"],
        plain["status"],
        plain["message"] or "",
        dict(plain["metadata"] or {}),
        plain.get("error_type") or "",
    )


def _refusal(status: int, text: str) -> FailedPrecondition | Unavailable:
    last = (text.strip().splitlines() or [""])[-1]
    if status >= 500:
        return Unavailable(f"Ray's Jobs API answered {status}: {last}")
    return FailedPrecondition(f"Ray's Jobs API answered {status}: {last}")
