"""Docstrings of the Python standard library, read as text: nothing is imported or run."""

from __future__ import annotations

import ast
import re
import sysconfig
import warnings
from collections.abc import Iterator
from functools import cache
from pathlib import Path

__all__ = ["HELD_OUT_PACKAGES", "docstrings", "windows"]

HELD_OUT_PACKAGES = ("ipaddress", "logging", "mailbox", "tarfile", "unittest", "xml")
"""Packages whose docstrings no starter model has seen: they make the held-out text task."""

_SHORTEST = 25
_SENTENCE_END = re.compile(r"(?<=[.!?:])\s+")


@cache
def docstrings(module: str) -> tuple[str, ...]:
    """Return the docstrings of a top-level module or package in file order, white space made single; no tests.

    A module that this Python does not have gives ().
    """
    root = Path(sysconfig.get_path("stdlib"))
    found: dict[str, None] = {}
    for path in _files(root, module):
        for text in _read(path):
            found.setdefault(text)
    return tuple(found)


def _files(root: Path, module: str) -> list[Path]:
    package = sorted((root / module).rglob("*.py"))
    single = root / f"{module}.py"
    files = package if package else [single] * single.is_file()
    return [path for path in files if not {"test", "tests"} & set(path.relative_to(root).parts)]


def _read(path: Path) -> Iterator[str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # old files hold invalid escapes; they are read, not run
        try:
            tree = ast.parse(path.read_bytes())
        except SyntaxError:
            return
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            text = " ".join((ast.get_docstring(node) or "").split())
            if len(text) >= _SHORTEST:
                yield text


def windows(text: str, longest: int) -> list[str]:
    """Cut a long text into runs of whole sentences of at most about ``longest`` characters."""
    runs: list[str] = []
    for sentence in _SENTENCE_END.split(text):
        if runs and len(runs[-1]) + len(sentence) < longest:
            runs[-1] += " " + sentence
        else:
            runs.append(sentence)
    return [run[: 2 * longest] for run in runs if len(run) >= _SHORTEST]
