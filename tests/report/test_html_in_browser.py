"""The page in a real browser: what is drawn, asked for, printed, and readable; over Chromium's DevTools pipe."""

import base64
import json
import os
import shutil
import subprocess

import pytest

from automl_tl.report.html import render_html
from automl_tl.testing.report_sample import (
    sample_image_report,
    sample_label_report,
    sample_number_report,
    sample_text_report,
)

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine; install the package chromium"),
]

PAGES = {
    "pictures": sample_image_report,
    "private": lambda: sample_image_report(include_examples=False),
    "texts": sample_text_report,
    "numbers": sample_number_report,
    "labels": sample_label_report,
}
OPTIONS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--remote-debugging-pipe",
]
A4_WIDTH = 703
"""Pixels of an A4 page between the margins with which Chromium prints."""

LOW_CONTRAST = """(() => {
  const parse = text => {
    const m = text.match(/[\\d.]+/g).map(Number), k = text.startsWith('color(') ? 255 : 1;
    return {r: m[0] * k, g: m[1] * k, b: m[2] * k, a: m[3] === undefined ? 1 : m[3]};
  };
  const over = (f, b) => ({
    r: f.r * f.a + b.r * (1 - f.a), g: f.g * f.a + b.g * (1 - f.a), b: f.b * f.a + b.b * (1 - f.a), a: 1
  });
  const channel = v => (v /= 255) <= 0.03928 ? v / 12.92 : Math.pow((v + 0.055) / 1.055, 2.4);
  const light = c => 0.2126 * channel(c.r) + 0.7152 * channel(c.g) + 0.0722 * channel(c.b);
  const behind = element => {
    const layers = [];
    for (let e = element; e; e = e.parentElement) {
      const c = parse(getComputedStyle(e).backgroundColor);
      if (c.a > 0) layers.push(c);
      if (c.a === 1) break;
    }
    return layers.reverse().reduce((b, f) => over(f, b), {r: 255, g: 255, b: 255, a: 1});
  };
  const found = [], walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const e = walker.currentNode.parentElement, text = walker.currentNode.textContent.trim();
    if (!text || !e.getClientRects().length || e.closest('title,.skip')) continue;
    const svg = e.namespaceURI.includes('svg');
    if (svg && e.classList.contains('onfill')) continue;
    const paper = behind(e), style = getComputedStyle(e);
    const pair = [light(over(parse(svg ? style.fill : style.color), paper)), light(paper)].sort((a, b) => b - a);
    const ratio = (pair[0] + 0.05) / (pair[1] + 0.05);
    if (ratio < 4.5) found.push(ratio.toFixed(2) + ' ' + e.outerHTML.slice(0, 80));
  }
  return found;
})()"""
TOO_WIDE = """[...document.querySelectorAll('body *')].filter(e => !e.closest('.skip')
  && e.getBoundingClientRect().right > document.documentElement.clientWidth + 1
  ).map(e => e.outerHTML.slice(0, 80))"""
CUT = """[...document.querySelectorAll('.scroll, pre, figure')].filter(e => e.clientWidth
  && e.scrollWidth > e.clientWidth + 1).map(e => e.outerHTML.slice(0, 80))"""
UNNAMED = """[...document.querySelectorAll('svg, img')].filter(e =>
  !(e.getAttribute('aria-label') || e.getAttribute('alt') || e.closest('[aria-hidden=true]'))).map(
  e => e.outerHTML.slice(0, 80))"""


class Browser:
    """One tab; messages go over the pipes 3 and 4 of the process, each ended by a zero byte."""

    def __init__(self, directory):
        (ours, to_it), (from_it, theirs) = os.pipe(), os.pipe()

        def connect():
            os.dup2(ours, 103)
            os.dup2(theirs, 104)
            os.dup2(103, 3)
            os.dup2(104, 4)

        self.process = subprocess.Popen(
            [CHROMIUM, *OPTIONS, f"--user-data-dir={directory}"],
            preexec_fn=connect,
            close_fds=False,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(ours)
        os.close(theirs)
        self.out, self.into = os.fdopen(to_it, "wb", 0), os.fdopen(from_it, "rb")
        self.count, self.session, self.events = 0, None, []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(f"{domain}.enable")

    def call(self, method, **parameters):
        self.count += 1
        session = {"sessionId": self.session} if self.session else {}
        message = {"id": self.count, "method": method, "params": parameters, **session}
        self.out.write(json.dumps(message).encode() + b"\0")
        while (answer := self.read()).get("id") != self.count:
            self.events.append(answer)
        return answer["result"]

    def read(self):
        text = bytearray()
        while (byte := self.into.read(1)) != b"\0":
            assert byte, "Chromium has gone"
            text += byte
        return json.loads(text)

    def open(self, url):
        self.events.clear()
        self.call("Page.navigate", url=url)
        while not self.told("Page.loadEventFired"):
            self.events.append(self.read())

    def look(self, *, width, scheme="light", media=""):
        self.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=1000, deviceScaleFactor=1, mobile=False
        )
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.call("Emulation.setEmulatedMedia", features=features, media=media)

    def ask(self, expression):
        return self.call("Runtime.evaluate", expression=expression, returnByValue=True)["result"].get("value")

    def told(self, *methods):
        return [event["params"] for event in self.events if event.get("method") in methods]

    def close(self):
        self.process.terminate()
        self.process.wait(30)
        self.out.close()
        self.into.close()


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    opened = Browser(tmp_path_factory.mktemp("profile"))
    yield opened
    opened.close()


@pytest.fixture(params=PAGES)
def page(browser, request, tmp_path):
    file = tmp_path / "report.html"
    file.write_text(render_html(PAGES[request.param]()), encoding="utf-8")
    browser.open(file.as_uri())
    return browser


def test_nothing_is_asked_for_and_the_console_is_silent(page):
    """Only the file itself and pictures that are in it; nothing is wider than the window."""
    page.look(width=1000)
    addresses = {event["request"]["url"].partition(":")[0] for event in page.told("Network.requestWillBeSent")}
    assert addresses <= {"file", "data"}
    assert not page.told("Log.entryAdded", "Runtime.exceptionThrown", "Runtime.consoleAPICalled")
    assert page.ask(TOO_WIDE) == []
    assert page.ask(UNNAMED) == []
    drawn = base64.b64decode(page.call("Page.captureScreenshot", captureBeyondViewport=True)["data"])
    assert len(drawn) > 50_000


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_stands_out_from_its_paper(page, scheme):
    """Contrast of at least 4.5 (WCAG 2.2, 1.4.3), opened details too, in both schemes and on paper."""
    page.ask("for (const d of document.querySelectorAll('details')) d.open = true")
    page.look(width=1000, scheme=scheme)
    assert page.ask(LOW_CONTRAST) == []
    page.look(width=A4_WIDTH, scheme=scheme, media="print")
    assert page.ask(LOW_CONTRAST) == []


def test_nothing_is_cut_off_on_paper(page):
    """No element is wider than the sheet or scrolls, and what is folded away on the screen is unfolded."""
    page.look(width=A4_WIDTH, media="print")
    assert page.ask(TOO_WIDE) == []
    assert page.ask(CUT) == []
    closed = page.ask("[...document.querySelectorAll('details')].map(d => d.getBoundingClientRect().height)")
    assert all(height > 40 for height in closed)
    sheet = base64.b64decode(page.call("Page.printToPDF", printBackground=True)["data"])
    assert sheet.startswith(b"%PDF")


def test_it_can_be_read_on_a_phone(page):
    """Nothing but tables in their own scrollers is wider than a narrow window."""
    page.look(width=390)
    assert page.ask("document.documentElement.scrollWidth") <= 390
