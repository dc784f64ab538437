"""Statistics of all training rows of a streamed data set."""

from dataclasses import replace

import numpy as np
import pytest

from automl_tl.pipeline.probing.whole import load_statistics, save_statistics, statistics_of_all
from automl_tl.pipeline.spec import Stage
from automl_tl.pipeline.steps import ingest
from automl_tl.search.budget import Deadline
from automl_tl.transferability.statistics import sufficient_statistics


def test_statistics_come_back_from_their_file(tmp_path):
    """To the last bit."""
    rng = np.random.default_rng(0)
    found = sufficient_statistics(rng.normal(size=(30, 4)), np.arange(30) % 3)
    save_statistics(found, tmp_path / "a.npz")
    again = load_statistics(tmp_path / "a.npz")
    for name in ("class_ids", "counts", "class_means", "scatter", "class_spread", "cubed"):
        assert np.array_equal(getattr(found, name), getattr(again, name))
    assert (again.fourth, again.dimensions) == (found.fourth, 4)


def test_every_finalist_or_none(image_bench, monkeypatch):
    """All rows are counted, and what is known is not computed again; who is late takes the others along."""
    job = image_bench.job()
    target = ingest.run(job).target
    rows = np.sort(np.concatenate([target.split.train, target.split.validation]))
    cards = job.candidates[:2]
    found = statistics_of_all(job, target, rows, cards, one_row=0.0)
    assert [found[card.id].n for card in cards] == [len(rows)] * 2
    late = replace(job, deadlines=replace(job.deadlines, probe=Deadline.after(-1.0)))
    assert statistics_of_all(late, target, rows, cards, one_row=0.0).keys() == found.keys()
    next(job.directory(Stage.PROBE).glob("moments-*.npz")).unlink()
    assert statistics_of_all(late, target, rows, cards, one_row=0.0) == {}
    messages = [str(event.payload) for event in image_bench.ledger.events.read("default", "job-1").events]
    assert any("the scores are those of the sample" in message for message in messages)


@pytest.mark.parametrize("scorers", [("knn",), ("linear_probe", "knn")])
def test_scores_that_cannot_use_them_cost_nothing(image_bench, scorers):
    """Nobody embeds all rows for nothing."""
    job = image_bench.job()
    target = ingest.run(job).target
    job = replace(job, spec=job.spec.model_copy(update={"scorers": scorers}))
    assert statistics_of_all(job, target, target.split.train, job.candidates, one_row=0.0) == {}
    assert not job.directory(Stage.PROBE).joinpath("moments").exists()
