"""What a budget of device time or money leaves."""

from __future__ import annotations

import math
import time
from dataclasses import replace
from types import SimpleNamespace

import pytest
import torch

from automl_tl.pipeline import device_time
from automl_tl.pipeline.deadlines import StageDeadlines
from automl_tl.pipeline.device_time import fitting_deadline, kept_for_fitting, spending_limits
from automl_tl.pipeline.spec import BudgetSpec, Stage
from automl_tl.search.budget import Deadline, StopReason
from automl_tl.search.closing import Kept
from automl_tl.search.runner import Resources
from automl_tl.search.spending import Spending
from automl_tl.search.trial import Trial, TrialState

GPU, MONEY = StopReason.BUDGET_GPU_SECONDS, StopReason.BUDGET_MONEY


def job(*, threads=1, devices=1, measuring=0.0, **budget):
    warnings = []
    return SimpleNamespace(
        spec=SimpleNamespace(budget=BudgetSpec(**budget)),
        journal=SimpleNamespace(warn=warnings.append, held_seconds=lambda: 100.0),
        deadlines=StageDeadlines.plan(Deadline(None), 0.0).for_measuring(measuring),
        threads=threads,
        devices=devices,
        warnings=warnings,
    )


def ran(number, seconds, origin="sampler"):
    state = TrialState.SUCCEEDED
    return Trial(f"t{number:04d}", number, "a", "full_finetune", {}, 0, origin, state, seconds=seconds)


@pytest.fixture
def gpu_here(monkeypatch):
    """This process has a GPU."""
    monkeypatch.setattr(device_time, "choose_device", lambda name: torch.device("cuda"))


@pytest.fixture
def no_gpu_here(monkeypatch):
    """It has none."""
    monkeypatch.setattr(device_time, "choose_device", lambda name: torch.device("cpu"))


def test_money_pays_for_processors_where_there_is_no_gpu():
    """Known answer: 3600 s at 1 an hour, a fifth kept, 100 s were spent before search."""
    limits = spending_limits(job(money=1.0, price_per_device_hour=1.0), Resources(cpus=1.0))
    assert limits == {MONEY: pytest.approx(0.8 * 3600 - 100)}


def test_gpu_time_limits_gpus_and_says_so_where_there_are_none():
    """Half a GPU lasts twice as long."""
    assert spending_limits(job(gpu_seconds=500.0), Resources(gpus=0.5)) == {GPU: pytest.approx(600)}
    without = job(gpu_seconds=500.0)
    assert spending_limits(without, Resources()) == {}
    assert without.warnings == ["the budget limits GPU time, but trials use no GPU here: it limits nothing"]
    unlimited = job()
    assert spending_limits(unlimited, Resources()) == {}
    assert unlimited.warnings == []


def test_a_worker_that_takes_a_job_over_has_what_the_first_one_left(image_bench, monkeypatch):
    """An hour passes between the two, and one trial took 100 s: these, and nothing else, are gone."""
    first = image_bench.job()
    first = replace(first, spec=first.spec.model_copy(update={"budget": BudgetSpec(gpu_seconds=3600)}))
    first.journal.begin(Stage.SEARCH)
    before = spending_limits(first, Resources(gpus=1.0))[GPU]
    first.journal.record_trial(ran(1, 0.0))
    first.journal.record_trial(ran(1, 100.0))
    monkeypatch.setattr(image_bench.ledger.database, "_clock", lambda: time.time() + 3700)
    lease = image_bench.ledger.claim_next("second", 600)
    second = replace(first, journal=replace(image_bench, lease=lease).job().journal)
    after = Spending(spending_limits(second, Resources(gpus=1.0)), lambda: 0.0)
    after.adopt(second.journal.trials())
    assert after.left() == pytest.approx(before - 100, abs=5)


@pytest.mark.usefixtures("no_gpu_here")
def test_processors_cost_in_fitting_what_they_cost_in_trials():
    """Known answer: of 3600 s 100 were held before and two trials of 8 processors ran 50 s; probes are free."""
    spec = job(money=1.0, price_per_device_hour=1.0, threads=4)
    rows = [ran(1, 40.0, "probe"), ran(2, 20.0), ran(3, 30.0)]
    end = fitting_deadline(spec, Resources(cpus=8.0), rows)
    assert end.remaining() == pytest.approx((3600 - 100 - 400) / 4, abs=2)


@pytest.mark.usefixtures("gpu_here")
def test_the_tighter_limit_ends_fitting_on_all_its_gpus():
    """Known answer: 600 s of GPUs, 100 before, trials of half a GPU ran 200 s, and two GPUs are held now."""
    spec = job(gpu_seconds=600.0, money=10.0, price_per_device_hour=1.0, devices=2)
    end = fitting_deadline(spec, Resources(gpus=0.5), [ran(1, 200.0)])
    assert end.remaining() == pytest.approx((600 - 100 - 100) / 2, abs=2)


@pytest.mark.usefixtures("no_gpu_here")
def test_a_driver_without_a_gpu_uses_up_none():
    """Its time has the price of one device all the same."""
    assert fitting_deadline(job(gpu_seconds=600.0), Resources(gpus=1.0), []).at is None
    paid = job(money=1.0, price_per_device_hour=1.0, threads=4)
    assert fitting_deadline(paid, Resources(gpus=2.0), []).remaining() == pytest.approx(3500, abs=2)


def test_without_such_a_limit_nobody_asks_the_ledger():
    """And nothing ends."""
    spec = job(trials=3, wall_seconds=60.0)
    spec.journal = None
    assert math.isinf(fitting_deadline(spec, Resources(), [ran(1, 9.0)]).remaining())
    assert kept_for_fitting(spec, Resources()) == {}


@pytest.mark.usefixtures("gpu_here")
def test_a_fifth_is_kept_and_measuring_has_its_part_of_it():
    """Known answer: 120 s of a GPU are 240 of a half; a second of fitting is two, and 10 go into measuring."""
    kept = kept_for_fitting(job(gpu_seconds=600.0, measuring=10.0), Resources(gpus=0.5))
    assert kept == {GPU: Kept(pytest.approx(220.0), 2.0)}
