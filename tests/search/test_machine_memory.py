"""What is free is some of what there is."""

from __future__ import annotations

import math
import os

import pytest

from automl_tl.search import machine_memory
from automl_tl.search.machine_memory import free_bytes

MEMINFO = "MemTotal: 32000000 kB\nMemFree: 600000 kB\nMemAvailable: 25000000 kB\nCached: 24000000 kB\n"


@pytest.fixture
def machine(tmp_path):
    """Return the root of a machine and a function that writes one of its files."""

    def write(path, text):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")

    write("proc/meminfo", MEMINFO)
    return tmp_path, write


def group(write, folder, *, limit, used, cache, version=2):
    names = (
        ("memory.max", "memory.current") if version == 2 else ("memory.limit_in_bytes", "memory.usage_in_bytes")
    )
    for name, figure in zip(names, (limit, used), strict=True):
        write(f"{folder}/{name}", f"{figure}\n")
    write(f"{folder}/memory.stat", f"anon 5\n{'' if version == 2 else 'total_'}inactive_file {cache}\n")


def test_what_is_free_is_part_of_what_there_is():
    assert 0 < free_bytes() < os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def test_where_the_system_does_not_say_there_is_no_limit(monkeypatch, tmp_path):
    def unknown(name):
        raise ValueError(name)

    monkeypatch.setattr(machine_memory.os, "sysconf", unknown)
    assert free_bytes(tmp_path) == math.inf


def test_the_page_cache_is_free(machine):
    """Known answer: of 32 GB hardly anything is unused, but 25 GB can be had."""
    root, _ = machine
    assert free_bytes(root) == 25_000_000 * 1024


def test_without_that_figure_the_unused_pages_count(monkeypatch, tmp_path):
    monkeypatch.setattr(machine_memory.os, "sysconf", {"SC_AVPHYS_PAGES": 7, "SC_PAGE_SIZE": 4096}.__getitem__)
    assert free_bytes(tmp_path) == 7 * 4096


@pytest.mark.parametrize(
    ("line", "folder", "version"),
    [
        ("0::/", "sys/fs/cgroup", 2),
        ("0::/system.slice/worker", "sys/fs/cgroup/system.slice/worker", 2),
        ("0::/system.slice/worker", "sys/fs/cgroup/system.slice", 2),
        ("0::/docker/of-the-host", "sys/fs/cgroup", 2),
        ("5:cpu,cpuacct:/\n4:memory:/docker/a", "sys/fs/cgroup/memory/docker/a", 1),
        ("4:memory:/docker/of-the-host", "sys/fs/cgroup/memory", 1),
    ],
)
def test_a_container_leaves_its_limit_less_what_it_uses(machine, line, folder, version):
    """The limit may be that of the group or of one around it; page cache that can go counts as free."""
    root, write = machine
    write("proc/self/cgroup", f"{line}\n")
    group(write, folder, limit=8_000, used=5_000, cache=1_000, version=version)
    assert free_bytes(root) == 4_000


def test_the_tightest_limit_counts(machine):
    root, write = machine
    write("proc/self/cgroup", "0::/a/b\n")
    group(write, "sys/fs/cgroup/a", limit=8_000, used=7_500, cache=0)
    group(write, "sys/fs/cgroup/a/b", limit=6_000, used=1_000, cache=0)
    assert free_bytes(root) == 500


def test_a_limit_that_is_used_up_leaves_nothing(machine):
    root, write = machine
    write("proc/self/cgroup", "0::/\n")
    group(write, "sys/fs/cgroup", limit=8_000, used=9_000, cache=0)
    assert free_bytes(root) == 0


@pytest.mark.parametrize(("limit", "version"), [("max", 2), (9223372036854771712, 1)])
def test_a_group_without_a_limit_changes_nothing(machine, limit, version):
    root, write = machine
    line, folder = ("0::/", "sys/fs/cgroup") if version == 2 else ("4:memory:/", "sys/fs/cgroup/memory")
    write("proc/self/cgroup", f"{line}\n")
    group(write, folder, limit=limit, used=5_000, cache=0, version=version)
    assert free_bytes(root) == 25_000_000 * 1024
