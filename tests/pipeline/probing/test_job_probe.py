"""How a job lets its candidates see some rows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from automl_tl.pipeline.costs import CostMeter
from automl_tl.pipeline.probing.inline_runner import InlineProbeRunner
from automl_tl.pipeline.probing.job_probe import JobProbe, questions_of
from automl_tl.pipeline.probing.request import LayerTrial
from automl_tl.pipeline.steps import ingest
from automl_tl.search.budget import Deadline


class Recorder(InlineProbeRunner):
    """Remembers the requests."""

    def __init__(self) -> None:
        super().__init__()
        self.requests = []

    def run(self, requests, *args, **options):
        self.requests += requests
        yield from super().run(requests, *args, **options)


def ask(job, *, last, expected=100.0, models=None):
    ingested = ingest.run(job)
    rows = ingested.target.split.train
    meter = CostMeter(job, ingested)
    probe = JobProbe(job, questions_of(job, rows), meter)
    names = models or [card.id for card in job.candidates]
    return list(probe(names, rows, deadline=Deadline(None), last=last, expected=expected)), meter


def test_much_work_with_several_candidates_goes_elsewhere(image_bench):
    """One candidate alone is probed here, so that there is a model at once."""
    elsewhere, heard = Recorder(), []

    def prober(seconds):
        heard.append(seconds)
        return elsewhere

    job = replace(image_bench.job(), prober=prober)
    outcomes, _ = ask(job, last=False)
    assert heard == [100.0]
    assert [outcome.model for outcome in outcomes] == [request.card.id for request in elsewhere.requests]
    ask(job, last=False, models=[job.candidates[0].id])
    assert len(elsewhere.requests) == 2


def test_models_are_measured_when_they_will_be_ranked_or_a_limit_asks(make_bench, image_folder, tmp_path):
    """Measuring two hundred candidates would take longer than probing them."""
    job = make_bench(image_folder).job()
    assert ask(job, last=False)[1].costs == {}
    assert set(ask(job, last=True)[1].costs) == {card.id for card in job.candidates}
    models = job.spec.models.model_copy(update={"max_memory_mb": 1e4})
    limited = replace(job, spec=job.spec.model_copy(update={"models": models}))
    assert set(ask(limited, last=False)[1].costs) == {card.id for card in job.candidates}


def test_the_first_model_is_measured_last(make_bench, image_folder):
    """Somebody waits for it, unless a limit may keep it out."""
    job, recorder = make_bench(image_folder).job(), Recorder()
    ask(replace(job, prober=lambda seconds: recorder), last=True)
    names = [card.id for card in job.candidates]
    assert [request.card.id for request in recorder.requests] == [*names, names[0]]
    assert [request.measuring is not None for request in recorder.requests] == [False, *[True] * len(names)]
    models = job.spec.models.model_copy(update={"max_memory_mb": 1e4})
    limited, recorder = replace(job, spec=job.spec.model_copy(update={"models": models})), Recorder()
    ask(replace(limited, prober=lambda seconds: recorder), last=True)
    assert [request.card.id for request in recorder.requests] == names


def test_every_rung_compares_models_at_their_best_layers_by_the_rows_it_has(image_bench):
    """A model that is good at other layers must not leave for its last one."""
    job, recorder = image_bench.job(), Recorder()
    job = replace(job, prober=lambda seconds: recorder)
    ingested = ingest.run(job)
    train = ingested.target.split.train
    trial = LayerTrial(train, ingested.target.labels[train], ("mean", "stages"))
    probe = JobProbe(job, None, CostMeter(job, ingested), layer_trial=lambda card: trial)
    names = [card.id for card in job.candidates]
    list(probe(names, train[::-2], deadline=Deadline(None), last=False, expected=9.0))
    list(probe(names, probe_rows := np.arange(len(job.dataset)), deadline=Deadline(None), last=True, expected=9.0))
    early, late = recorder.requests[0], recorder.requests[-1]
    assert early.layer_trial.rows.tolist() == sorted(train[::-2])
    assert early.layer_trial.labels.tolist() == ingested.target.labels[sorted(train[::-2])].tolist()
    assert late.layer_trial is trial
    assert len(late.rows) == len(probe_rows)


def test_questions_are_those_that_a_score_of_the_job_wants(make_bench, image_folder):
    """Of the rows that are given, with the job's seed."""
    job = make_bench(image_folder, scorers=("knn", "energy"), seed=5).job()
    asked = questions_of(job, np.arange(4))
    assert (asked.rows.tolist(), asked.seed, asked.hidden_words) == ([0, 1, 2, 3], 5, False)
    plain = replace(job, spec=job.spec.model_copy(update={"scorers": ("knn",)}))
    assert questions_of(plain, np.arange(4)) is None
