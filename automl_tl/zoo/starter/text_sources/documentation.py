"""Documentation: passages of the standard library's docstrings and of the language reference, by topic."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from automl_tl.zoo.starter.text_sources.base import TextPair, TextSource, part, text_sources
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

_LONGEST = 200
_SPAN_WORDS = 24
_SHORTEST_PAIR = 12
_LONGEST_WEIGHT = 300


@cache
def _texts(topic: str, fresh: bool) -> tuple[str, ...]:
    """Return the docstrings of a topic, or the entries of the language reference."""
    if topic == "language reference":
        from pydoc_data.topics import topics

        return part([" ".join(topics[key].split()) for key in sorted(topics)], fresh)
    return tuple(text for module in TOPICS[topic] for text in part(docstrings(module), fresh))


@cache
def _passages(topic: str, fresh: bool) -> tuple[str, ...]:
    return tuple(run for text in _texts(topic, fresh) for run in windows(text, _LONGEST))


@cache
def _long_texts() -> tuple[tuple[tuple[str, ...], ...], NDArray[np.int64]]:
    """Return the words of the training texts that are long enough for two spans, and their topics."""
    texts = [(tuple(text.split()), n) for n, topic in enumerate(TOPICS) for text in _texts(topic, False)]
    kept = [(words, label) for words, label in texts if len(words) >= _SHORTEST_PAIR]
    return tuple(words for words, _ in kept), np.array([label for _, label in kept], np.int64)


def draw_documentation(labels: Sequence[int], fresh: bool, rng: np.random.Generator) -> list[str]:
    """Return one passage of about one to four sentences per label."""
    passages = [_passages(topic, fresh) for topic in TOPICS]
    return [passages[label][int(rng.integers(len(passages[label])))] for label in labels]


def pair_documentation(n: int, rng: np.random.Generator) -> tuple[list[TextPair], NDArray[np.int64]]:
    """Return pairs of spans that follow each other in one text, and its topic; long texts come more often.

    Giorgi et al., DeCLUTR, 2021, section 3.1.
    """
    texts, topics = _long_texts()
    weights = np.array([min(len(words), _LONGEST_WEIGHT) for words in texts], float)
    chosen = rng.choice(len(texts), n, p=weights / weights.sum())
    return [_spans(texts[place], rng) for place in chosen], topics[chosen]


def _spans(words: Sequence[str], rng: np.random.Generator) -> tuple[str, str]:
    if len(words) <= 2 * _SPAN_WORDS:
        cut = int(rng.integers(len(words) // 3, len(words) - len(words) // 3))
        first, second = words[:cut], words[cut:]
    else:
        start = int(rng.integers(len(words) - 2 * _SPAN_WORDS + 1))
        middle = start + _SPAN_WORDS
        lengths = rng.integers(_SPAN_WORDS // 4, _SPAN_WORDS + 1, 2)
        first, second = words[middle - lengths[0] : middle], words[middle : middle + lengths[1]]
    return " ".join(first), " ".join(second)


documentation = text_sources.register(
    "documentation",
    TextSource(
        "documentation",
        "docstrings of the Python standard library and passages of its language reference, by topic",
        tuple(TOPICS),
        draw_documentation,
        pair_documentation,
    ),
)
