"""The page in a real browser: what is drawn, asked for, printed, and readable; over Chromium's DevTools pipe."""

import base64

import pytest

from automl_tl.report.html import render_html
from automl_tl.testing.report_sample import (
    sample_image_report,
    sample_label_report,
    sample_number_report,
    sample_text_report,
)

pytestmark = pytest.mark.browser

PAGES = {
    "pictures": sample_image_report,
    "private": lambda: sample_image_report(include_examples=False),
    "texts": sample_text_report,
    "numbers": sample_number_report,
    "labels": sample_label_report,
}
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
