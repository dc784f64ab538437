"""Trials that share GPUs, or hold several, under a real Ray that believes that it has two."""

import functools
import itertools
import math
import os
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from automl_tl.distributed.tune_runner import TuneRunner
from automl_tl.finetune.classifier import random_head
from automl_tl.finetune.recipe import Recipe
from automl_tl.finetune.trial import run_trial
from automl_tl.finetune.workload import LabelledInputs
from automl_tl.search.budget import Deadline
from automl_tl.search.runner import Resources
from automl_tl.search.trial import TrialState
from automl_tl.testing.runner import RecordingEvents, ScriptedSource, rehearse, toy_trial, toy_workload

TRIALS, AT_ONCE = 8, 4


def stays(workload, *, trial, notes: Path, **options):
    """Hold the slot until as many run at once as should, but not for ever; note when, and on which GPU."""
    began, patience = time.time(), time.monotonic() + 60
    (notes / f"{trial}.began").write_text("")
    while len(list(notes.glob("*.began"))) < AT_ONCE and time.monotonic() < patience:
        time.sleep(0.02)
    outcome = rehearse(workload, trial=trial, **options)
    time.sleep(0.2)
    (notes / trial).write_text(f"{began} {time.time()} {os.environ['CUDA_VISIBLE_DEVICES']}")
    return outcome


def test_four_trials_of_half_a_gpu_run_at_once_on_two_and_never_more(ray_session, tmp_path):
    """Eight trials, two GPUs: at most two hold each of them at any time, and all four places are used."""
    notes = tmp_path / "notes"
    notes.mkdir()
    runner = TuneRunner(
        ray_session,
        Resources(cpus=0.25, gpus=0.5, concurrent=TRIALS),
        storage=tmp_path / "ray",
        trial_function=functools.partial(stays, notes=notes),
    )
    source, events = ScriptedSource([toy_trial(1 + number) for number in range(TRIALS)]), RecordingEvents()
    runner.run(
        toy_workload(tmp_path / "t"), source, events, deadline=Deadline.after(None), cancelled=lambda: False
    )
    assert {trial.state for trial in events.ends.values()} == {TrialState.SUCCEEDED}
    spans = [path.read_text().split() for path in notes.glob("t????")]
    assert len(spans) == TRIALS
    assert {span[2] for span in spans} == {"0", "1"}
    most = {"": 0, "0": 0, "1": 0}
    for moment in (float(span[0]) for span in spans):
        here = [span[2] for span in spans if float(span[0]) <= moment < float(span[1])]
        for gpu in most:
            most[gpu] = max(most[gpu], sum(gpu in each for each in here))
    assert most == {"": AT_ONCE, "0": 2, "1": 2}


def loads(card):
    """Return a tiny model; Ray sends this function to the trial's process, which hands the model on."""
    from automl_tl.testing.strategy import tiny_image_backbone
    from automl_tl.zoo.backbone import LoadedModel

    return LoadedModel(tiny_image_backbone(), "0" * 64)


def two_kinds_of_images(directory: Path):
    """Return dark and light images, and a head that does not tell them apart."""
    rng = np.random.default_rng(0)
    labels = np.arange(16, dtype=np.int64) % 2
    images = tuple(
        np.clip(rng.normal(60 + 120 * label, 20, (16, 16, 3)), 0, 255).astype(np.uint8) for label in labels
    )
    part, card = LabelledInputs(images, labels), loads(None).backbone.card
    width = loads(None).backbone.embedding_size
    features = {"local:a": rng.normal(size=(16, width)).astype(np.float32)}
    return replace(
        toy_workload(directory),
        train=part,
        validation=part,
        cards={"local:a": card},
        train_features=features,
        validation_features=features,
        heads={"local:a": random_head(2, width, seed=0)},
        device="cpu",
    )


def test_a_trial_that_holds_two_gpus_trains_on_both(ray_session, tmp_path):
    """Ray gives them to one process, which starts one for each; they are gone when the trial is."""
    runner = TuneRunner(
        ray_session, Resources(cpus=1, gpus=2.0, concurrent=1), storage=tmp_path / "ray", load_model=loads
    )
    values = {"batch_size": 4, "updates": 3, "learning_rate": 1e-3}
    trial = replace(toy_trial(1), parameters=values)
    source, events = ScriptedSource([trial]), RecordingEvents()
    workload = two_kinds_of_images(tmp_path / "t")
    runner.run(workload, source, events, deadline=Deadline.after(None), cancelled=lambda: False)
    ended = events.ends["t0001"]
    assert ended.state is TrialState.SUCCEEDED, ended.error
    alone = run_trial(
        workload,
        trial="alone",
        model="local:a",
        recipe=Recipe("full_finetune", **values),
        seed=trial.seed,
        report=lambda point: True,
        remaining=lambda: math.inf,
        load_model=loads,
    )
    losses = [[point.train_loss for point in curve] for curve in (ended.curve, alone.curve)]
    assert len(losses[0]) > 1
    assert losses[0] == pytest.approx(losses[1][-len(losses[0]) :], rel=1e-2)


def test_trials_that_hold_all_gpus_run_one_after_the_other(ray_session, tmp_path):
    """Each is told how many devices it has, and sees them."""
    notes = tmp_path / "notes"
    notes.mkdir()
    runner = TuneRunner(
        ray_session,
        Resources(cpus=0.25, gpus=2.0, concurrent=4),
        storage=tmp_path / "ray",
        trial_function=functools.partial(notes_devices, notes=notes),
    )
    source, events = ScriptedSource([toy_trial(1 + number) for number in range(3)]), RecordingEvents()
    runner.run(
        toy_workload(tmp_path / "t"), source, events, deadline=Deadline.after(None), cancelled=lambda: False
    )
    assert {trial.state for trial in events.ends.values()} == {TrialState.SUCCEEDED}
    spans = sorted(tuple(map(float, path.read_text().split()[:2])) for path in notes.iterdir())
    assert all(before[1] <= after[0] for before, after in itertools.pairwise(spans))
    assert {path.read_text().split()[2] for path in notes.iterdir()} == {"2:0,1"}


def notes_devices(workload, *, trial, notes: Path, **options):
    began = time.time()
    outcome = rehearse(workload, trial=trial, **options)
    seen = ",".join(sorted(os.environ["CUDA_VISIBLE_DEVICES"].split(",")))
    (notes / trial).write_text(f"{began} {time.time()} {workload.devices}:{seen}")
    return outcome
