"""Log lines carry what they belong to, and no secrets."""

import json
import logging

import pytest

from automl_tl.structured_log import FORMATS, log_context, log_handler, redact, set_up_logging

TOKEN = "atl_0123456789abcdef_" + "aZ09-_" * 7 + "x"


@pytest.fixture
def lines(capsys):
    """Return a function that logs through a handler of a form and gives what came out."""

    def write(form, action):
        logger = logging.Logger("place")
        logger.addHandler(log_handler(form))
        action(logger)
        return capsys.readouterr().err

    return write


def test_a_line_of_json_says_everything(lines):
    def action(logger):
        with log_context(request="r1"), log_context(job="projects/a/jobs/b"):
            logger.warning("took %d s", 3)

    line = json.loads(lines("json", action))
    assert line.pop("time").endswith("+00:00")
    assert line == {
        "level": "WARNING",
        "logger": "place",
        "message": "took 3 s",
        "request": "r1",
        "job": "projects/a/jobs/b",
    }


def test_the_context_ends_with_its_block(lines):
    def action(logger):
        with log_context(request="r1"):
            pass
        logger.warning("alone")

    assert "request" not in json.loads(lines("json", action))


def test_text_names_the_context_at_the_end(lines):
    def action(logger):
        with log_context(request="r1"):
            logger.error("broken")

    assert lines("text", action).rstrip().endswith("ERROR place broken [request=r1]")


@pytest.mark.parametrize("form", ["text", "json"])
def test_secrets_are_blotted_out_in_messages_and_tracebacks(lines, form):
    def action(logger):
        try:
            raise ValueError(f"postgresql://user:pass-word@host/db and {TOKEN}")
        except ValueError:
            logger.exception("failed with %s", TOKEN)

    out = lines(form, action)
    assert "pass-word" not in out
    assert TOKEN not in out
    assert "atl_0123456789abcdef_***" in out
    assert "ValueError" in out


def test_what_a_caller_sends_cannot_pass_for_a_line_of_its_own(lines):
    out = lines("text", lambda logger: logger.warning("job %s", "a\n2026-01-01 INFO all is well\x1b[2J"))
    assert "a\n    2026" in out
    assert "\x1b" not in out


def test_setting_up_twice_writes_every_line_once(capsys, monkeypatch):
    root = logging.Logger("root")
    monkeypatch.setattr(logging, "getLogger", lambda name=None: root)
    other = logging.NullHandler()
    root.addHandler(other)
    for form in FORMATS:
        set_up_logging(level=logging.INFO, form=form)
    root.info("once")
    assert json.loads(capsys.readouterr().err)["message"] == "once"
    assert other in root.handlers


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (f"authorization: Bearer {TOKEN}", "Bearer"),
        ("Authorization: Basic dXNlcjpzZWNyZXQ=", "Basic ***"),
        ("password=hunter22 next", "next"),
        ("{'aws_secret_access_key': 'hunter22', 'x': 1}", "'x': 1"),
        ('"HF_TOKEN": "hunter22"', "HF_TOKEN"),
        ("s3://key:hunter22@bucket/a", "s3://key:***@bucket/a"),
        ("https://h/a?X-Amz-Signature=hunter22&b=1", "b=1"),
        ("hf_abcdefghijklmnopqrstuvwx", "hf_***"),
    ],
)
def test_what_looks_like_a_secret_goes(text, kept):
    assert "hunter22" not in redact(text)
    assert "dXNlc" not in redact(text)
    assert TOKEN not in redact(text)
    assert kept in redact(text)


@pytest.mark.parametrize(
    "text",
    [
        "page_token is not one of this list",
        "row 3: the tokenizer has 300 tokens",
        "GET https://example.org/a:b/c@d",
        "projects/a/jobs/b at 10:20:30",
    ],
)
def test_other_text_stays(text):
    assert redact(text) == text
