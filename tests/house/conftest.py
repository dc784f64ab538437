"""The source tree, parsed once, for the rules of the house."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import automl_tl

PACKAGE = Path(automl_tl.__file__).parent


@pytest.fixture(scope="session")
def sources() -> dict[str, str]:
    """Return every module of the package but generated code: ``data/load.py`` -> its text."""
    paths = sorted(path.relative_to(PACKAGE) for path in PACKAGE.rglob("*.py"))
    return {str(path): (PACKAGE / path).read_text("utf-8") for path in paths if path.parts[0] != "v1"}


@pytest.fixture(scope="session")
def trees(sources: dict[str, str]) -> dict[str, ast.Module]:
    """Return the syntax tree of every module."""
    return {path: ast.parse(text, path) for path, text in sources.items()}
