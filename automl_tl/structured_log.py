"""Log lines as text or JSON, each with the request and the job that it belongs to, and without secrets."""

from __future__ import annotations

import json
import logging
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

__all__ = ["FORMATS", "log_context", "log_handler", "redact", "set_up_logging"]

FORMATS = ("text", "json")

_CONTEXT: ContextVar[Mapping[str, str]] = ContextVar("automl_tl_log", default={})  # noqa: B039  (never changed)

_CONTROL = {number: f"\\x{number:02x}" for number in (*range(32), 127, *range(128, 160))} | {10: "\n    "}
"""What callers send is quoted here and there; indented, its lines cannot pass for lines of the log."""

_SECRETS = (
    (re.compile(r"(atl_[0-9a-f]{4,16}_)[A-Za-z0-9_-]{6,}"), r"\1***"),  # our own tokens
    (re.compile(r"(://[^\s/:@'\"]*:)[^\s/@'\"]+@"), r"\1***@"),  # passwords in URLs
    (re.compile(r"(?i)\b(bearer|basic)(\s+)[A-Za-z0-9._~+/=-]{6,}"), r"\1\2***"),
    (
        re.compile(r"\b(hf_|ghp_|github_pat_|sk-|AKIA|ASIA)[A-Za-z0-9_-]{12,}"),
        r"\1***",
    ),  # those of hubs and clouds
    (
        re.compile(
            r"(?i)\b((?:[a-z0-9_.-]*(?:password|passwd|secret|api_?key|access_?key|credential|signature|token))"
            r"['\"]?\s*[=:]\s*['\"]?)(?!\*\*\*)[^\s'\"&,;})\]]{4,}"
        ),
        r"\1***",
    ),
)


def redact(text: str) -> str:
    """Return ``text`` with everything that looks like a password, token or key replaced by ``***``."""
    for pattern, replacement in _SECRETS:
        text = pattern.sub(replacement, text)
    return text


@contextmanager
def log_context(**values: str) -> Iterator[None]:
    """Add ``values``, such as ``request`` or ``job``, to every line that is logged inside the block."""
    token = _CONTEXT.set({**_CONTEXT.get(), **values})
    try:
        yield
    finally:
        _CONTEXT.reset(token)


def set_up_logging(*, level: int = logging.WARNING, form: str = "text") -> None:
    """Send every log line of this process to standard error, as ``text`` or one JSON object a line."""
    root = logging.getLogger()
    for handler in tuple(root.handlers):
        if isinstance(handler.formatter, _TextLines | _JsonLines):
            root.removeHandler(handler)
    root.addHandler(log_handler(form))
    root.setLevel(level)


def log_handler(form: str) -> logging.Handler:
    """Return a handler for standard error that writes ``form``, one of ``FORMATS``."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_JsonLines() if form == "json" else _TextLines())
    return handler


class _TextLines(logging.Formatter):
    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802
        context = " ".join(f"{key}={value}" for key, value in _CONTEXT.get().items())
        return (super().formatMessage(record) + (f" [{context}]" if context else "")).translate(_CONTROL)

    def format(self, record: logging.LogRecord) -> str:
        return redact(super().format(record))


class _JsonLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": redact(record.getMessage()),
            **{key: redact(value) for key, value in _CONTEXT.get().items()},
        }
        if record.exc_info:
            line["traceback"] = redact(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False)
