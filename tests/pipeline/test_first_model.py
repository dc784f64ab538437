"""A usable model from the first candidate, and better ones from later candidates."""

from dataclasses import replace

import numpy as np
import pytest

from automl_tl.finetune.fitted import load
from automl_tl.finetune.model_archive import unpack
from automl_tl.pipeline.events import BEST_SO_FAR
from automl_tl.pipeline.first_model import FirstModel
from automl_tl.pipeline.inputs import labelled_inputs
from automl_tl.pipeline.probing.request import ProbeOutcome
from automl_tl.pipeline.spec import Stage
from automl_tl.pipeline.steps import ingest, probe
from automl_tl.search.budget import Deadline
from automl_tl.store.pages import PageRequest
from automl_tl.zoo.sources.base import model_sources


def offered(bench):
    return [item.artifact for item in bench.ledger.artifacts.list("default", "job-1", PageRequest()).items]


def test_a_model_can_be_read_before_the_second_candidate_is_embedded(image_bench, tmp_path, monkeypatch):
    """It loads and answers with the classes of the data."""
    job, seen = image_bench.job(), []
    progress = type(job.journal).progress

    def heard(journal, fraction, message):
        seen.append((message, offered(image_bench)))
        progress(journal, fraction, message)

    monkeypatch.setattr(type(job.journal), "progress", heard)
    ingested = ingest.run(job)
    probe.run(job, ingested)
    starts = [offers for message, offers in seen if message.startswith("embedding with")]
    assert BEST_SO_FAR not in starts[0]
    assert BEST_SO_FAR in starts[-1]
    archive = job.journal.fetch(BEST_SO_FAR, tmp_path / "model.zip")
    model = load(unpack(archive, tmp_path / "model"))
    target = ingested.target
    images = labelled_inputs(target, target.split.test[:2]).inputs
    assert set(model.predict(list(images))) <= set(target.class_names)


def test_its_weights_are_not_loaded_a_second_time(image_bench, monkeypatch):
    """Loading takes a small model as long as embedding."""
    source, loaded = model_sources.get("local"), []
    load_weights = type(source).load

    def counted(self, card):
        loaded.append(card.id)
        return load_weights(self, card)

    monkeypatch.setattr(type(source), "load", counted)
    job = image_bench.job()
    probe.run(job, ingest.run(job))
    assert BEST_SO_FAR in offered(image_bench)
    assert loaded.count(job.candidates[0].id) == 1


def test_a_job_that_only_ranks_makes_no_model(make_bench, image_folder):
    """Nobody asked for one."""
    bench = make_bench(image_folder, stop_after=Stage.RANK)
    job = bench.job()
    probe.run(job, ingest.run(job))
    assert offered(bench) == []


def test_a_job_does_not_fail_for_want_of_a_first_model(image_bench, monkeypatch):
    """Probing goes on."""

    def broken(*arguments, **options):
        raise ValueError("no head for you")

    monkeypatch.setattr("automl_tl.pipeline.first_model.solve_head", broken)
    job = image_bench.job()
    assert len(probe.run(job, ingest.run(job)).embeddings) == 2
    assert offered(image_bench) == []


def outcomes_of(job, ingested, order):
    """Return outcomes of the two candidates, ``order`` telling of each whether its embeddings tell the classes."""
    probed = probe.run(job, ingested)
    labels, rng = ingested.target.labels, np.random.default_rng(0)
    outcomes = []
    for (model, embeddings), telling in zip(probed.embeddings.items(), order, strict=True):
        features = rng.normal(size=embeddings.features.shape)
        if telling:
            features += 20.0 * np.eye(features.shape[1])[labels[embeddings.rows]]
        told = replace(embeddings, features=features.astype(np.float32))
        outcomes.append(ProbeOutcome(model, told, layers=embeddings.layers))
    return outcomes


@pytest.mark.parametrize(
    ("order", "seconds", "read"),
    [((False, True), 0.001, 1), ((True, False), 0.001, 0), ((False, True), 1.0, 0)],
    ids=["the second is better", "the first is better", "heads take too long"],
)
def test_a_better_candidate_replaces_the_first_where_time_allows(image_bench, tmp_path, order, seconds, read):
    """By its answers to validation rows; heads of later candidates take a twentieth of the time at most."""
    job = image_bench.job()
    ingested = ingest.run(job)
    outcomes, now = outcomes_of(job, ingested, order), [0.0]

    def clock():
        now[0] += seconds
        return now[0]

    def answers(models, rows, **options):
        for outcome in outcomes:
            now[0] += 1.0
            yield outcome

    first = FirstModel(job, ingested, answers, clock=clock)
    rows = np.arange(len(ingested.target.labels))
    assert list(first((), rows, deadline=Deadline(None), last=True, expected=0.0)) == outcomes
    archive = job.journal.fetch(BEST_SO_FAR, tmp_path / "model.zip")
    assert load(unpack(archive, tmp_path / "model")).card.id == outcomes[read].model


def test_a_later_candidate_with_fewer_rows_replaces_nothing(image_bench, tmp_path):
    """Its figure rests on less."""
    job = image_bench.job()
    ingested = ingest.run(job)
    first, second = outcomes_of(job, ingested, (False, True))
    some = second.embeddings.rows[: len(second.embeddings.rows) // 2]
    fewer = replace(second.embeddings, rows=some, features=second.embeddings.features[: len(some)])
    outcomes = [first, replace(second, embeddings=fewer)]
    passing = FirstModel(job, ingested, lambda models, rows, **options: iter(outcomes), clock=lambda: 0.0)
    list(passing((), some, deadline=Deadline(None), last=False, expected=0.0))
    archive = job.journal.fetch(BEST_SO_FAR, tmp_path / "model.zip")
    assert load(unpack(archive, tmp_path / "model")).card.id == first.model
