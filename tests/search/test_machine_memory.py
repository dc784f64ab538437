"""What is free is some of what there is."""

from __future__ import annotations

import math
import os

from automl_tl.search import machine_memory
from automl_tl.search.machine_memory import free_bytes


def test_what_is_free_is_part_of_what_there_is():
    assert 0 < free_bytes() < os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def test_where_the_system_does_not_say_there_is_no_limit(monkeypatch):
    def unknown(name):
        raise ValueError(name)

    monkeypatch.setattr(machine_memory.os, "sysconf", unknown)
    assert free_bytes() == math.inf
