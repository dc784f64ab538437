"""Mapping over threads, and how many there are to be."""

import os
import subprocess
import sys

import pytest

from automl_tl.data.parallel import processors, thread_map


def test_results_come_in_order():
    """Threads may finish in any order; results do not."""
    assert thread_map(lambda number: number**2, range(500)) == [number**2 for number in range(500)]
    assert thread_map(str, []) == []


def test_an_exception_is_raised():
    """No failure is swallowed."""
    with pytest.raises(ZeroDivisionError):
        thread_map(lambda number: 1 / number, [1, 0])


@pytest.mark.parametrize(
    ("limit", "found"),
    [
        ("max 100000", 6),
        ("250000 100000", 3),
        ("1000 100000", 1),
        ("0 100000", 1),
        ("6400000 100000", 6),
        ("", 6),
        ("a b", 6),
        ("1 0", 6),
    ],
)
def test_processors_are_those_that_this_process_may_use(monkeypatch, tmp_path, limit, found):
    """Of a machine's 64 here six, and of those what the container's limit lets it use, rounded up."""
    monkeypatch.setattr(os, "cpu_count", lambda: 64)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(6)), raising=False)
    assert processors(tmp_path / "cpu.max") == 6
    (tmp_path / "cpu.max").write_text(limit + "\n")
    assert processors(tmp_path / "cpu.max") == found


def test_where_nothing_tells_which_processors_it_is_all(monkeypatch, tmp_path):
    """As on a Mac."""
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 5)
    assert processors(tmp_path / "cpu.max") == 5
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert processors(tmp_path / "cpu.max") == 1


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="no affinity on this system")
def test_a_process_that_is_confined_sees_it():
    """As `taskset` and Slurm do it."""
    code = (
        "import os; os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})\n"
        "from automl_tl.data.parallel import processors; print(processors())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == "1", done.stderr
