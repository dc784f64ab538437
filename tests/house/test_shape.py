"""The shape of the house: small files, one test file per source file, no traces of one machine."""

import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parent.parent
LONGEST = 400


def test_no_file_is_long(sources):
    """A file that long holds two ideas."""
    long = {path: text.count("\n") for path, text in sources.items() if text.count("\n") > LONGEST}
    assert not long


def test_every_source_file_has_its_tests(sources):
    """``automl_tl/a/b.py`` is tested in ``tests/a/test_b.py``."""
    missing = []
    for path in map(Path, sources):
        if path.name in ("__init__.py", "__main__.py"):
            continue
        mirror = TESTS / path.parent / f"test_{path.name.lstrip('_')}"
        if not mirror.is_file():
            missing.append(f"{path} -> tests/{mirror.relative_to(TESTS)}")
    assert not missing


def test_tests_are_no_packages():
    """Test modules are imported by path, so that two rooms may have files of one name."""
    assert [str(path) for path in TESTS.rglob("__init__.py")] == []


@pytest.mark.parametrize("pattern", [r"/home/\w+/", r"\bTODO\b", r"\bFIXME\b", r"\bXXX\b"])
def test_no_traces_of_a_machine_or_of_unfinished_work(sources, pattern):
    """The package must mean the same everywhere, and be done."""
    assert [path for path, text in sources.items() if re.search(pattern, text)] == []


def test_nothing_is_left_unimplemented(sources):
    """Abstract methods are declared with abstractmethod instead."""
    assert [path for path, text in sources.items() if "raise NotImplementedError" in text] == []
