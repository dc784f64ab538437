"""The Jobs API as Ray 2.60 speaks it, played by a small server."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from automl_tl.distributed.jobs_api import JobsApi, RayJob, ray_token
from automl_tl.errors import FailedPrecondition, Unauthenticated, Unavailable

TOKEN = "t" * 64
DUPLICATE = "Traceback (most recent call last):\n...\nValueError: Job with submission_id job-1 already exists.\n"


class Head(BaseHTTPRequestHandler):
    """Answers as the head of a cluster does; the figures were read off a real one."""

    def do_GET(self):
        self.answer(None)

    def do_POST(self):
        length = int(self.headers["Content-Length"] or 0)
        self.answer(json.loads(self.rfile.read(length)) if length else None)

    def answer(self, body):
        jobs = self.server.jobs
        if self.server.instead is not None:
            return self.say(200, self.server.instead)
        if self.headers["Authorization"] != f"Bearer {TOKEN}":
            return self.say(401, "Unauthorized: Missing authentication token")
        name = self.path.removeprefix("/api/jobs/").removesuffix("/stop")
        if not name and body is None:
            return self.say(200, json.dumps([*jobs.values(), {"submission_id": None, "type": "DRIVER"}]))
        if not name:
            if body["entrypoint"] == "refuse":
                return self.say(400, "no such thing")
            if body["submission_id"] in jobs:
                return self.say(500, DUPLICATE)
            plain = {"submission_id": body["submission_id"], "status": "PENDING", "message": None}
            jobs[body["submission_id"]] = {**plain, "metadata": body["metadata"], "body": body}
            return self.say(200, json.dumps({"submission_id": body["submission_id"]}))
        if name not in jobs:
            return self.say(404, f"Job {name} does not exist")
        if self.path.endswith("/stop"):
            stopped = jobs[name]["status"] == "PENDING"
            jobs[name]["status"] = "STOPPED"
            return self.say(200, json.dumps({"stopped": stopped}))
        return self.say(200, json.dumps(jobs[name]))

    def say(self, status, text):
        self.send_response(status)
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_):
        pass


@pytest.fixture
def head():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Head)
    server.jobs, server.instead = {}, None
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def api(head, monkeypatch):
    monkeypatch.delenv("RAY_AUTH_MODE", raising=False)
    monkeypatch.setenv("RAY_AUTH_TOKEN", TOKEN)
    return JobsApi(f"http://127.0.0.1:{head.server_port}")


def test_a_second_submission_of_the_same_id_is_told_and_changes_nothing(api, head):
    """Ray answers an internal error with a traceback; that the job is there says what it was."""
    assert api.submit("job-1", "first", metadata={"of": "a"}, cpus=0.5)
    assert not api.submit("job-1", "second", metadata={})
    assert head.jobs["job-1"]["body"]["entrypoint"] == "first"
    assert head.jobs["job-1"]["body"]["entrypoint_num_cpus"] == 0.5
    assert "entrypoint_num_gpus" not in head.jobs["job-1"]["body"]
    assert api.list() == [RayJob("job-1", "PENDING", "", {"of": "a"})]
    assert api.submit("job-2", "first", metadata={}, gpus=2.0)
    assert head.jobs["job-2"]["body"]["entrypoint_num_gpus"] == 2.0


def test_what_is_not_there_is_none_and_what_is_over_is_not_stopped_again(api):
    """Stopping twice is no error."""
    assert api.find("job-1") is None
    assert not api.stop("job-1")
    api.submit("job-1", "x", metadata={})
    assert not api.find("job-1").over
    assert api.stop("job-1")
    assert not api.stop("job-1")
    assert api.find("job-1").over


def test_what_found_no_room_in_time_is_told_from_what_failed(api, head):
    """By Ray's own word for it; its message may be worded otherwise tomorrow."""
    from ray.dashboard.modules.job.common import JobErrorType

    api.submit("job-1", "x", metadata={})
    for error, starved in ((JobErrorType.JOB_SUPERVISOR_ACTOR_START_TIMEOUT, True), (None, False)):
        head.jobs["job-1"].update(status="FAILED", error_type=error and error.value)
        assert (api.find("job-1").over, api.find("job-1").starved) == (True, starved)
    head.jobs["job-1"]["error_type"] = JobErrorType.JOB_ENTRYPOINT_COMMAND_ERROR.value
    assert not api.find("job-1").starved


def test_refusals_are_ours(api, monkeypatch, unused_tcp_port):
    """A wrong command, a wrong token, nobody there."""
    with pytest.raises(FailedPrecondition, match="no such thing"):
        api.submit("job-1", "refuse", metadata={})
    monkeypatch.setenv("RAY_AUTH_TOKEN", "wrong")
    with pytest.raises(Unauthenticated, match="RAY_AUTH_TOKEN_PATH"):
        api.list()
    with pytest.raises(Unavailable, match="does not answer"):
        JobsApi(f"http://127.0.0.1:{unused_tcp_port}").list()


@pytest.mark.parametrize(
    "text",
    [
        "<html><title>Sign in</title></html>",
        "",
        "null",
        "7",
        '"a string"',
        "{}",
        "[7]",
        "[null]",
        '[{"submission_id": "job-1"}]',
        '{"submission_id": "job-1", "status": "RUNNING", "message": null, "metadata": ["x"]}',
        "[" * 100_000,
    ],
)
@pytest.mark.parametrize("call", ["list", "find", "submit", "stop"])
def test_an_answer_that_is_not_rays_is_as_good_as_none(api, head, text, call):
    """A proxy's page to log in comes with status 200; whoever hands jobs over waits and asks again."""
    head.instead = text
    calls = {
        "list": api.list,
        "find": lambda: api.find("job-1"),
        "submit": lambda: api.submit("job-2", "x", metadata={}),
        "stop": lambda: api.stop("job-1"),
    }
    with pytest.raises(Unavailable, match=r"answered 200 with something that is not Ray's.*proxy"):
        calls[call]()


def test_the_token_is_where_ray_looks_for_it(tmp_path, monkeypatch):
    """Variable, named file, file of the user; none at all for an open cluster."""
    monkeypatch.setenv("HOME", str(tmp_path))
    file = tmp_path / "token"
    file.write_text("from-file\n")
    assert ray_token({"RAY_AUTH_TOKEN": "from-variable", "RAY_AUTH_TOKEN_PATH": str(file)}) == "from-variable"
    assert ray_token({"RAY_AUTH_TOKEN_PATH": str(file)}) == "from-file"
    assert ray_token({}) == ""
    (tmp_path / ".ray").mkdir()
    (tmp_path / ".ray" / "auth_token").write_text("of-the-user")
    assert ray_token({}) == "of-the-user"
    assert ray_token({"RAY_AUTH_MODE": "disabled"}) == ""
