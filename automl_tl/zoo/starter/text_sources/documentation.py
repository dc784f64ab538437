"""Documentation: passages of the standard library's docstrings and of the language reference, by topic."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

import numpy as np

from automl_tl.zoo.starter.text_sources.base import TextSource, part, text_sources
from automl_tl.zoo.starter.text_sources.standard_library import docstrings, windows

__all__ = ["TOPICS", "documentation"]

TOPICS: Mapping[str, tuple[str, ...]] = {
    "asynchronous programs": ("asyncio", "selectors", "asynchat", "contextvars"),
    "threads and processes": ("multiprocessing", "threading", "concurrent", "queue", "subprocess", "sched"),
    "web": ("http", "urllib", "xmlrpc", "wsgiref", "html", "cgi", "webbrowser"),
    "electronic mail": ("email", "imaplib", "smtplib", "poplib", "mailcap"),
    "network sockets": ("socket", "socketserver", "ssl", "ftplib", "nntplib", "telnetlib", "uuid"),
    "building and installing": ("distutils", "venv", "sysconfig", "ensurepip", "platform", "site"),
    "importing modules": ("importlib", "pkgutil", "imp", "runpy", "zipimport", "modulefinder"),
    "numbers": ("_pydecimal", "fractions", "numbers", "random", "statistics", "colorsys"),
    "text encodings": ("encodings", "codecs", "base64", "quopri", "locale", "gettext"),
    "compression": ("zipfile", "gzip", "bz2", "lzma", "zipapp", "_compression"),
    "files and paths": ("pathlib", "shutil", "tempfile", "posixpath", "ntpath", "os", "_pyio", "glob", "stat"),
    "looking into code": ("inspect", "ast", "dis", "symtable", "typing", "types", "tokenize", "pyclbr"),
    "debugging and timing": (
        "pdb",
        "bdb",
        "pydoc",
        "doctest",
        "traceback",
        "trace",
        "pstats",
        "timeit",
        "tracemalloc",
    ),
    "dates and times": ("datetime", "_pydatetime", "calendar", "zoneinfo", "_strptime"),
    "containers and tools": (
        "collections",
        "_collections_abc",
        "heapq",
        "functools",
        "enum",
        "contextlib",
        "weakref",
    ),
    "command lines": ("argparse", "optparse", "configparser", "getopt", "cmd", "shlex", "curses", "code"),
    "saving objects": ("json", "pickle", "pickletools", "plistlib", "csv", "shelve", "copyreg", "tomllib"),
    "comparing and printing text": ("difflib", "textwrap", "re", "string", "pprint", "reprlib"),
    "language reference": (),
}
"""Topic -> top-level modules; the language reference is the prose of ``pydoc_data.topics``."""

_LONGEST = 260


@cache
def _passages(topic: str, fresh: bool) -> tuple[str, ...]:
    if topic == "language reference":
        from pydoc_data.topics import topics

        texts = [" ".join(topics[key].split()) for key in sorted(topics)]
    else:
        texts = [text for module in TOPICS[topic] for text in docstrings(module)]
    return tuple(run for text in part(texts, fresh) for run in windows(text, _LONGEST))


def draw_documentation(labels: Sequence[int], fresh: bool, rng: np.random.Generator) -> list[str]:
    """Return one passage of about one to four sentences per label."""
    passages = [_passages(topic, fresh) for topic in TOPICS]
    return [passages[label][rng.integers(len(passages[label]))] for label in labels]


documentation = text_sources.register(
    "documentation",
    TextSource(
        "documentation",
        "docstrings of the Python standard library and passages of its language reference, by topic",
        tuple(TOPICS),
        draw_documentation,
    ),
)
