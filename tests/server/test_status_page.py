"""The status page shows jobs, progress and reports; to whom it may, and as text."""

import asyncio
import base64
import re
from http import HTTPStatus

import pytest

from automl_tl.errors import Unauthenticated
from automl_tl.pipeline.spec import JobSpec, JobState, Stage
from automl_tl.search.budget import StopReason
from automl_tl.server.access import Access
from automl_tl.server.app import start
from automl_tl.server.backend import Backend
from automl_tl.server.config import ServerConfig
from automl_tl.server.status_page import PAGE_POLICY, REPORT_POLICY, StatusPage
from automl_tl.server.web import Ask
from automl_tl.store.records import DatasetRecord
from automl_tl.store.stages import Publication

from .conftest import CATALOG

SCRIPT = "<script>alert(1)</script>"


@pytest.fixture
async def backend(tmp_path):
    backend = Backend(ServerConfig(tmp_path / "data"), catalog=CATALOG)
    yield backend
    backend.close()


def fill(backend, project="shop"):
    """Store a queued job, and one that has published a report and failed."""
    blob = backend.blobs.put_bytes(b"text,label\n").sha256
    record = DatasetRecord(project, "a" * 64, "d", "text", (), 2, 10, blob=blob)
    backend.ledger.datasets.add(record, backend.blobs)
    spec = JobSpec(dataset=record.name, notes=SCRIPT, labels={"by": SCRIPT})
    backend.ledger.jobs.create(project, spec, job="first-job")
    lease = backend.ledger.claim_next("w1", 30.0)
    backend.ledger.stages.begin(lease, Stage.PROBE)
    backend.ledger.stages.progress(lease, 0.5, f"reading {SCRIPT}")
    report = backend.blobs.put_bytes(b"<!DOCTYPE html><title>a report</title>")
    other = backend.blobs.put_bytes(b"PK")
    files = [
        Publication("report.html", "report_html", "text/html; charset=utf-8", report),
        Publication("model.zip", "model", "application/zip", other),
    ]
    backend.ledger.publish_stage(lease, Stage.PROBE, files, backend.blobs)
    backend.ledger.jobs.create(project, spec, job="second-job")
    return lease


async def nobody(token):
    raise Unauthenticated("no such token")


@pytest.fixture
def page(backend):
    return StatusPage(backend, Access(nobody, required=False))


async def shown(pages, path, **query):
    answer = await pages.show(Ask(path, query))
    return answer.status, answer.body.decode(), answer.headers


async def test_jobs_and_their_progress_are_shown(page, backend):
    fill(backend)
    status, html, headers = await shown(page, "/")
    assert status is HTTPStatus.OK
    assert headers["Content-Security-Policy"] == PAGE_POLICY
    assert html.index("second-job") < html.index("first-job")
    assert re.search(r'<progress max="1" value="0\.\d+" aria-label="progress of first-job">', html)
    assert 'href="/projects/shop/jobs/first-job"' in html
    assert "RUNNING" in html
    assert "QUEUED" in html


async def test_a_job_leads_to_its_reports_and_to_nothing_else(page, backend):
    lease = fill(backend)
    _, html, _ = await shown(page, "/projects/shop/jobs/first-job")
    assert 'href="/projects/shop/jobs/first-job/artifacts/report.html"' in html
    assert "model.zip" in html
    assert "artifacts/model.zip" not in html
    assert 'http-equiv="refresh"' in html
    backend.ledger.finish(lease, JobState.CANCELLED, StopReason.CANCELLED)
    assert 'http-equiv="refresh"' not in (await shown(page, "/projects/shop/jobs/first-job"))[1]


async def test_a_report_comes_without_rights(page, backend):
    fill(backend)
    status, html, headers = await shown(page, "/projects/shop/jobs/first-job/artifacts/report.html")
    assert (status, html) == (HTTPStatus.OK, "<!DOCTYPE html><title>a report</title>")
    assert headers["Content-Security-Policy"] == REPORT_POLICY
    assert "sandbox" in REPORT_POLICY
    status, html, _ = await shown(page, "/projects/shop/jobs/first-job/artifacts/model.zip")
    assert status is HTTPStatus.NOT_FOUND
    assert "PK" not in html


async def test_script_stays_text_everywhere(page, backend):
    fill(backend)
    for path in (
        "/",
        "/projects/shop",
        "/projects/shop/jobs/first-job",
        f"/{SCRIPT}",
        f"/projects/shop/jobs/{SCRIPT}",
    ):
        html = (await shown(page, path))[1]
        assert "<script" not in html, path
    assert "&lt;script&gt;" in (await shown(page, "/projects/shop/jobs/first-job"))[1]


@pytest.mark.parametrize(
    "path",
    [
        "/projects/shop/jobs/none-such",
        "/projects/shop/jobs/first-job/artifacts/none.html",
        "/projects/shop/jobs/first-job/artifacts/../../../x",
        "/../../etc/passwd",
        "/favicon.ico",
        "/projects/" + "x" * 500,
    ],
)
async def test_what_is_not_there_is_told_as_a_page(page, backend, path):
    fill(backend)
    status, html, headers = await shown(page, path)
    assert status is HTTPStatus.NOT_FOUND
    assert headers["Content-Security-Policy"] == PAGE_POLICY
    assert "<!DOCTYPE html>" in html


async def test_older_jobs_are_a_page_further(page, backend):
    fill(backend)
    dataset = f"projects/shop/datasets/{'a' * 64}"
    for number in range(60):
        backend.ledger.jobs.create("shop", JobSpec(dataset=dataset), job=f"job-{number:02d}")
    _, html, _ = await shown(page, "/projects/shop")
    token = re.search(r'href="/projects/shop\?page=([^"]+)"', html)[1]
    assert "first-job" not in html
    assert "first-job" in (await shown(page, "/projects/shop", page=token))[1]
    assert (await shown(page, "/projects/shop", page="nonsense"))[0] is HTTPStatus.NOT_FOUND


async def test_a_token_opens_its_project_in_the_browser(backend):
    fill(backend)
    fill_other = DatasetRecord("bank", "b" * 64, "d", "text", (), 2, 10, blob="", uri="file:///x")
    backend.ledger.datasets.add(fill_other, backend.blobs)
    backend.ledger.jobs.create("bank", JobSpec(dataset=fill_other.name), job="secret-job")
    token, _ = backend.ledger.tokens.create("shop")

    async def verify(text):
        return backend.ledger.tokens.verify(text)

    page = StatusPage(backend, Access(verify, required=True))

    async def ask(path, password=None):
        word = base64.b64encode(f"anybody:{password}".encode()).decode()
        headers = {"authorization": f"Basic {word}"} if password else {}
        answer = await page.show(Ask(path, headers=headers))
        return answer.status, answer.body.decode(), answer.headers

    for password in (None, "wrong", token[:-1]):
        status, html, headers = await ask("/", password)
        assert status is HTTPStatus.UNAUTHORIZED
        assert headers["WWW-Authenticate"].startswith("Basic")
        assert "job" not in html.partition("<main>")[2].partition("</main>")[0].replace("All jobs", "")
    status, html, _ = await ask("/", token)
    assert status is HTTPStatus.OK
    assert "first-job" in html
    assert "bank" not in html
    assert "secret-job" not in html
    for path in ("/projects/bank", "/projects/bank/jobs/secret-job", "/projects/none/jobs/none-at-all"):
        assert (await ask(path, token))[0] is HTTPStatus.FORBIDDEN
    answer = await page.show(Ask("/", headers={"authorization": "Basic not-base64!"}))
    assert answer.status is HTTPStatus.UNAUTHORIZED
    assert (await page.show(Ask("/", headers={"authorization": f"Bearer {token}"}))).status is HTTPStatus.OK


@pytest.mark.browser
async def test_a_browser_shows_the_page_as_it_is_meant(browser, settings):
    """Chromium reads it from the real server: jobs are there, nothing is blocked, nothing runs."""
    running = await start(ServerConfig(**settings, status_port=0), catalog=CATALOG)
    fill(running.backend)
    address = f"http://127.0.0.1:{running.operations.status_port}"

    async def browse(path):
        await asyncio.to_thread(browser.open, address + path)
        assert not browser.told("Log.entryAdded", "Runtime.exceptionThrown", "Runtime.consoleAPICalled")
        return browser.ask("document.documentElement.outerHTML")

    dom = await browse("/projects/shop/jobs/first-job")
    assert "<h1>first-job</h1>" in dom
    assert "&lt;script&gt;alert(1)" in dom
    await browse("/")
    browser.look(width=1100)
    assert len(base64.b64decode(browser.call("Page.captureScreenshot")["data"])) > 15_000
    assert "a report" in await browse("/projects/shop/jobs/first-job/artifacts/report.html")
    await running.stop()
