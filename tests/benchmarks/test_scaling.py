"""The page about scale follows from its unit costs."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.__main__ import _TABLES
from benchmarks.scaling import Plan, UnitCosts, page

DOCS = Path(__file__).parents[2] / "docs"


def test_the_page_is_what_the_code_says():
    """`python -m benchmarks.scaling --write` makes it; nobody changes a number by hand."""
    assert (DOCS / "scaling.md").read_text(encoding="utf-8") == "\n".join(page()) + "\n"


def test_every_command_that_the_page_names_exists():
    """A number that nobody can measure again is no number."""
    named = set(re.findall(r'benchmarks --only "([^"]+)"', "\n".join(page())))
    assert len(named) >= 6
    assert named <= set(_TABLES)


def test_costs_grow_as_they_should():
    """Twice the rows, twice the passes; twice the rate, half the GPU hours; memory of the driver without rows."""
    plan, costs = Plan(), UnitCosts()
    assert plan.passes(200, costs) == pytest.approx(2 * plan.passes(100, costs))
    assert replace(plan, gpu_rate=2 * plan.gpu_rate).gpu_hours(1e9) == pytest.approx(plan.gpu_hours(1e9) / 2)
    assert replace(plan, images=1).statistics_bytes() == plan.statistics_bytes()
    assert plan.cpu_hours(3600.0, replace(costs, prepare_seconds=0.5)) == pytest.approx(0.5)
    assert (plan.machines, replace(plan, gpus=1001).machines) == (125, 126)
    assert replace(plan, images=7, image_bytes=3).stored_bytes == 21
