"""SEARCH starts from linear probes and stays within the chosen models."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from automl_tl.errors import Cancelled, SearchSpaceError
from automl_tl.finetune.model_archive import pack
from automl_tl.pipeline.events import BEST_SO_FAR
from automl_tl.pipeline.spec import Stage
from automl_tl.pipeline.steps import ingest, probe, rank, search
from automl_tl.search.budget import StopReason
from automl_tl.search.trial import TrialState


def test_trials_use_only_the_best_ranked_models(early):
    """top_k is 1 here."""
    best = early.ranking.usable()[0].model
    assert {trial.model for trial in early.searched.result.trials} == {best}
    assert early.searched.result.trials[0].origin == "probe"


@pytest.fixture
def warned(early, monkeypatch):
    """Return what a search over the first ``top_k`` of so many contenders warns of; nothing is trained."""

    def found(contenders, top_k):
        (best, *_), warnings = early.ranking.usable(), []
        others = (replace(best, model=f"local:m{n}", rank=n, contender=n <= contenders) for n in range(2, 27))
        ranking = replace(early.ranking, models=(replace(best, contender=True), *others))
        monkeypatch.setattr(search, "make_workload", lambda *_: early.searched.workload)
        monkeypatch.setattr(search, "sizes_of", lambda *_: {})
        monkeypatch.setattr(search, "closing_of", lambda *_: None)
        monkeypatch.setattr(search, "search", lambda *_, **__: early.searched.result)
        monkeypatch.setattr(type(early.job.journal), "warn", lambda journal, text: warnings.append(text))
        embeddings = dict.fromkeys((row.model for row in ranking.models), early.probed.embeddings[best.model])
        job = replace(early.job, spec=early.job.spec.model_copy(update={"top_k": top_k}))
        search.run(job, early.ingested, replace(early.probed, embeddings=embeddings), ranking)
        return warnings

    return found


def test_contenders_beyond_top_k_are_named_with_what_would_tune_them(warned):
    """They would be missed without a word."""
    assert warned(contenders=4, top_k=2) == [
        "the search takes the 2 best-ranked models only, and the data cannot tell 2 more from the best: local:m3, "
        "local:m4; --top-k 4 (top_k in the spec) has them tuned as well"
    ]
    assert warned(contenders=4, top_k=4) == []


def test_the_advice_is_one_that_a_spec_may_hold(warned):
    """No search takes more than twenty."""
    (some,) = warned(contenders=25, top_k=3)
    assert "m11 and 14 more; --top-k 20 " in some
    (most,) = warned(contenders=25, top_k=20)
    assert most.endswith("no search takes more than 20: name fewer models")


def test_search_never_sees_the_test_part(early):
    """Train and validation together are all it has."""
    split = early.ingested.target.split
    workload = early.searched.workload
    assert len(workload.train) == len(split.train)
    assert len(workload.validation) == len(split.validation)


def test_a_published_search_comes_back_on_another_machine(early, image_bench):
    """The checkpoint is fetched when this machine does not have it."""
    early.job.journal.begin(Stage.SEARCH)
    search.publish(early.job, early.searched)
    best = Path(early.searched.result.best.checkpoint)
    best.rename(best.with_name("lost"))
    elsewhere = image_bench.job("elsewhere")
    again = search.run(elsewhere, early.ingested, early.probed, early.ranking)
    assert again.result.best.id == early.searched.result.best.id
    assert Path(again.result.best.checkpoint).is_relative_to(elsewhere.work)
    assert again.result.stop_reason is early.searched.result.stop_reason


def test_what_comes_after_the_search_is_trained_on_this_machines_devices(early, image_bench, monkeypatch):
    """Trials have had their own, on whatever machine; so it is too where the search is read back."""
    seen = []

    def searched(workload, *rest, **options):
        seen.append(workload.devices)
        return early.searched.result

    monkeypatch.setattr(search, "search", searched)
    products = early.ingested, early.probed, early.ranking
    job = replace(early.job, devices=2)
    assert search.run(job, *products).workload.devices == 2
    assert seen == [1]
    job.journal.begin(Stage.SEARCH)
    search.publish(job, early.searched)
    assert search.run(job, *products).workload.devices == 2
    assert seen == [1]


def test_the_modalitys_own_space_is_the_default(make_bench, image_folder):
    """Nothing needs to be said for a good search."""
    assert search.space_of(make_bench(image_folder, search_space_yaml="").job()).modality == "image"


def test_an_inline_space_with_an_unknown_parameter_says_where(make_bench, image_folder):
    """The message carries the line."""
    text = (
        "modality: image\nstrategies:\n  full_finetune:\n"
        "    learing_rate: {kind: float, low: 0, high: 1, default: 0.5}\n"
    )
    with pytest.raises(SearchSpaceError, match="learing_rate"):
        search.space_of(make_bench(image_folder, search_space_yaml=text).job())


def test_the_best_model_so_far_is_readable_and_is_the_one_that_won(early, tmp_path):
    """Offered during search, before the stage was published."""
    assert not early.job.journal.finished_stage(Stage.SEARCH)
    archive = early.job.journal.fetch(BEST_SO_FAR, tmp_path / "so_far.zip")
    best = pack(Path(early.searched.result.best.checkpoint), tmp_path / "best.zip")
    assert archive.read_bytes() == best.read_bytes()


def test_a_cancelled_search_leaves_its_best_model_readable(image_bench, tmp_path, monkeypatch):
    """It returns the probe of rung 0; what publishes a stage asks first whether the job was cancelled."""
    job = image_bench.job()
    ingested = ingest.run(job)
    probed = probe.run(job, ingested)
    ranking = rank.run(job, ingested, probed)
    record = type(job.journal).record_trial

    def cancelling(journal, trial):
        record(journal, trial)
        if trial.state is TrialState.SUCCEEDED:
            image_bench.ledger.jobs.cancel("default", "job-1")

    monkeypatch.setattr(type(job.journal), "record_trial", cancelling)
    searched = search.run(job, ingested, probed, ranking)
    assert searched.result.stop_reason is StopReason.CANCELLED
    archive = job.journal.fetch(BEST_SO_FAR, tmp_path / "so_far.zip")
    best = pack(Path(searched.result.best.checkpoint), tmp_path / "best.zip")
    assert archive.read_bytes() == best.read_bytes()
    with pytest.raises(Cancelled):
        job.check()
