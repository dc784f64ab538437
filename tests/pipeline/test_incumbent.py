"""The best model so far stays readable."""

from dataclasses import replace

import pytest

from automl_tl.errors import Unavailable
from automl_tl.pipeline.events import BEST_SO_FAR
from automl_tl.pipeline.incumbent import Incumbent
from automl_tl.pipeline.spec import Stage
from automl_tl.testing.runner import toy_trial


class Bench:
    """A job's journal that remembers offers, and a clock."""

    def __init__(self, folder):
        self.folder = folder
        self.offers = []
        self.now = 0.0
        self.journal = self

    def offer(self, stage, file):
        self.offers.append((stage, file.name, file.path.read_bytes()))
        self.now += 0.5

    def directory(self, stage):
        return self.folder


@pytest.fixture
def bench(tmp_path):
    return Bench(tmp_path)


def trained(tmp_path, number, text):
    checkpoint = tmp_path / f"checkpoint-{number}"
    checkpoint.mkdir()
    (checkpoint / "model.json").write_text(text)
    return replace(toy_trial(number), checkpoint=str(checkpoint))


def test_a_better_model_is_published_at_once(bench, tmp_path):
    """As one archive under one name."""
    incumbent = Incumbent(bench, Stage.SEARCH, clock=lambda: bench.now)
    incumbent.improved(trained(tmp_path, 1, "first"))
    ((stage, name, archive),) = bench.offers
    assert (stage, name) == (Stage.SEARCH, BEST_SO_FAR)
    assert b"first" in archive


def test_publishing_takes_no_more_than_its_share_of_the_time(bench, tmp_path):
    """Half a second of storing makes the next one wait for ten; what waits is the newest."""
    incumbent = Incumbent(bench, Stage.SEARCH, clock=lambda: bench.now)
    for number, text in enumerate(("first", "second", "third"), 1):
        incumbent.improved(trained(tmp_path, number, text))
    assert len(bench.offers) == 1
    bench.now += 9.0
    incumbent.look()
    assert len(bench.offers) == 1
    bench.now += 2.0
    incumbent.look()
    incumbent.look()
    assert len(bench.offers) == 2
    assert b"third" in bench.offers[-1][2]


def test_what_waits_is_published_in_the_end(bench, tmp_path):
    """Whatever the time; twice is once."""
    incumbent = Incumbent(bench, Stage.SEARCH, clock=lambda: bench.now)
    for number, text in enumerate(("first", "second"), 1):
        incumbent.improved(trained(tmp_path, number, text))
    incumbent.flush()
    incumbent.flush()
    assert [b"second" in archive for _, _, archive in bench.offers] == [False, True]


def test_a_checkpoint_that_is_just_being_replaced_is_tried_again(bench, tmp_path, monkeypatch):
    """A trial swaps directories; that must not end the search."""
    calls = []

    def pack(directory, target):
        calls.append(directory)
        if len(calls) == 1:
            raise FileNotFoundError("gone")
        target.write_bytes(b"zip")
        return target

    monkeypatch.setattr("automl_tl.pipeline.incumbent.pack", pack)
    incumbent = Incumbent(bench, Stage.SEARCH, clock=lambda: bench.now)
    incumbent.improved(trained(tmp_path, 1, "first"))
    assert bench.offers == []
    bench.now += 2.0
    incumbent.look()
    assert len(bench.offers) == 1


def test_a_checkpoint_that_is_not_at_hand_is_offered_later(bench, tmp_path):
    """It lies where nobody answers just now, or nowhere; a job does not fail for want of it."""
    trial = trained(tmp_path, 1, "first")
    answers = iter([None, Unavailable("away"), tmp_path / "checkpoint-1"])

    def find(wanted):
        assert wanted is trial
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    incumbent = Incumbent(bench, Stage.SEARCH, find=find, clock=lambda: bench.now)
    incumbent.improved(trial)
    for offers in (0, 1, 1):
        bench.now += 2.0
        incumbent.look()
        assert len(bench.offers) == offers
