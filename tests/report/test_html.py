"""The page: one file, nothing fetched, the same bytes again."""

import dataclasses
import json
import re
from html.parser import HTMLParser

import pytest

from automl_tl.report.content import from_json, to_json
from automl_tl.report.html import CONTENT_SECURITY_POLICY, render_html
from automl_tl.testing.report_sample import sample_image_report, sample_text_report
from automl_tl.testing.report_section import hostile

SAMPLES = {
    "pictures": sample_image_report(),
    "private": sample_image_report(include_examples=False),
    "texts": sample_text_report(),
}


class Page(HTMLParser):
    def __init__(self, html):
        super().__init__()
        self.headings, self.ids, self.links, self.tags = [], [], [], []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        self.tags.append(tag)
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if "id" in values:
            self.ids.append(values["id"])
        if tag == "a":
            self.links.append(values["href"])


@pytest.mark.parametrize("name", SAMPLES)
def test_one_small_file_with_a_strict_policy(name):
    """Under 2 MB, no script, no address, and a policy that would block both."""
    html = render_html(SAMPLES[name])
    assert len(html.encode()) < 2_000_000
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', html).group(1)
    assert policy.replace("&#39;", "'") == CONTENT_SECURITY_POLICY
    assert "default-src 'none'" in CONTENT_SECURITY_POLICY
    assert "<script" not in html
    assert not re.search(r"https?://|@import|url\(", html)


def test_a_part_that_is_too_large_gives_way_to_a_sentence():
    """Three megabytes in one place: the page stays below 2 MB, says so there, and keeps everything else."""
    usual = SAMPLES["texts"]
    html = render_html(dataclasses.replace(usual, warnings=("word " * 600_000,)))
    assert len(html.encode()) < 2_000_000
    assert html.count("would make the page larger than 2 MB; the JSON report has all of it") == 1
    assert Page(html).ids == Page(render_html(usual)).ids


@pytest.mark.parametrize("name", SAMPLES)
def test_the_page_has_an_outline(name):
    """One h1, no level left out, links that lead somewhere, unique ids, a language."""
    page = Page(render_html(SAMPLES[name]))
    assert page.headings.count(1) == 1
    assert all(after - before <= 1 for before, after in zip(page.headings, page.headings[1:], strict=False))
    assert len(set(page.ids)) == len(page.ids)
    assert {link.removeprefix("#") for link in page.links} <= set(page.ids)
    assert '<html lang="en">' in render_html(SAMPLES[name])


@pytest.mark.parametrize("name", SAMPLES)
def test_the_same_content_gives_the_same_bytes(name):
    """Also after a trip through JSON text with sorted keys."""
    html = render_html(SAMPLES[name])
    assert render_html(from_json(json.loads(json.dumps(to_json(SAMPLES[name]), sort_keys=True)))) == html


@pytest.mark.parametrize("name", SAMPLES)
def test_script_in_the_content_stays_text(name):
    """Class names, notes, columns, ids, words, errors: nothing becomes an element."""
    html = render_html(hostile(SAMPLES[name]))
    assert "alert(1)" in html
    assert "<script" not in html
    assert "<img" not in html
    assert set(Page(html).tags) == set(Page(render_html(SAMPLES[name])).tags)


def test_raw_inputs_are_not_on_a_page_that_must_not_show_them():
    """Neither picture nor word."""
    assert "data:image" not in render_html(SAMPLES["private"])
    assert "friendly" not in render_html(sample_text_report(include_examples=False))
