"""Trials that share GPUs, under a real Ray that believes that it has two."""

import functools
import os
import time
from pathlib import Path

from automl_tl.distributed.tune_runner import TuneRunner
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
