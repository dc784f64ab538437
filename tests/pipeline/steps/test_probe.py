"""PROBE embeds with every candidate and goes on when one cannot be used."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from automl_tl.errors import ModelUnavailable, SpecError
from automl_tl.json_codec import to_plain
from automl_tl.pipeline.deadlines import StageDeadlines
from automl_tl.pipeline.probing import probe_model, race
from automl_tl.pipeline.probing.halving import Departure
from automl_tl.pipeline.probing.work import operations_per_row
from automl_tl.pipeline.spec import Stage
from automl_tl.pipeline.steps import ingest, probe, rank
from automl_tl.probe.cost import ModelCost
from automl_tl.probe.extract import embed
from automl_tl.search.budget import Deadline
from automl_tl.testing.tiny_models import write_masked_lm_folder, write_timm_pair
from automl_tl.zoo.fingerprint_store import keep_fingerprint
from automl_tl.zoo.fingerprints import make_fingerprint
from automl_tl.zoo.sources.base import model_sources


def test_only_rows_that_search_may_see_are_embedded(image_bench):
    """The test part stays sealed."""
    job = image_bench.job()
    ingested = ingest.run(job)
    probed = probe.run(job, ingested)
    assert len(probed.embeddings) == 2
    for embeddings in probed.embeddings.values():
        assert not np.isin(ingested.target.split.test, embeddings.rows).any()


@pytest.mark.parametrize(("metric", "alike"), [("accuracy", False), ("balanced_accuracy", True)])
def test_the_race_knows_how_the_metric_counts_and_what_each_candidate_takes(
    make_bench, image_folder, monkeypatch, metric, alike
):
    """By the job's spec and by the cards: neither a clock nor a cache has a say."""
    courses, run = [], probe.race

    def watched(candidates, course, *rest, **options):
        courses.append(course)
        return run(candidates, course, *rest, **options)

    monkeypatch.setattr(probe, "race", watched)
    job = make_bench(image_folder, metric={"name": metric}).job()
    probe.run(job, ingest.run(job))
    assert courses[0].balanced is alike
    assert courses[0].work == {card.id: operations_per_row(card) for card in job.candidates}


def test_a_damaged_model_is_listed_with_its_reason(image_bench):
    """The others are probed all the same."""
    (image_bench.models / "second.safetensors").write_bytes(b"not weights")
    job = image_bench.job()
    probed = probe.run(job, ingest.run(job))
    assert list(probed.embeddings) == ["local:first"]
    assert "second" in probed.failures["local:second"] or "safetensors" in probed.failures["local:second"]


def test_when_time_is_up_the_first_candidate_is_probed_and_no_other(image_bench):
    """Without one candidate there is no model."""
    job = image_bench.job()
    over = Deadline(at=0.0)
    late = replace(job, deadlines=StageDeadlines(*(over,) * 7))
    probed = probe.run(late, ingest.run(job))
    assert len(probed.embeddings) == 1
    assert "time" in next(iter(probed.failures.values()))


def test_a_second_run_reads_the_cache(image_bench):
    """Embeddings are the dear part; seconds 0 says that they were read."""
    job = image_bench.job()
    ingested = ingest.run(job)
    first, second = probe.run(job, ingested), probe.run(image_bench.job(), ingested)
    for model, embeddings in first.embeddings.items():
        assert second.embeddings[model].seconds == 0.0
        assert np.array_equal(second.embeddings[model].features, embeddings.features)


def test_the_model_itself_is_asked_only_where_a_score_wants_it(make_bench, image_folder):
    """By the training rows, and the scores arrive in the ranking with the reason of what is not applicable."""
    job = make_bench(image_folder, scorers=("knn", "batch_norm", "energy", "entropy", "fragmentation")).job()
    ingested = ingest.run(job)
    probed = probe.run(job, ingested)
    heard = probed.familiarity["local:first"]
    assert len(heard.negative_energy) == len(ingested.target.split.train)
    ranked = rank.run(job, ingested, probed).models[0]
    assert set(ranked.scores) == {"knn", "batch_norm", "energy", "entropy"}
    assert ranked.notes["fragmentation"] == "not applicable: the model has no tokenizer"


def test_hidden_words_are_asked_about_only_where_a_score_wants_it(make_bench, text_csv):
    """A model whose files hold no masked-language head has that as its note."""
    bench = make_bench(text_csv, scorers=("knn", "pseudo_perplexity", "fragmentation"))
    write_masked_lm_folder(bench.models / "masked")
    job = bench.job()
    ingested = ingest.run(job)
    probed = probe.run(job, ingested)
    assert len(probed.familiarity["local:masked"].word_likelihoods) == len(ingested.target.split.train)
    rows = {row.model: row for row in rank.run(job, ingested, probed).models}
    assert rows["local:masked"].scores["pseudo_perplexity"] < 0
    assert "holds no masked-language head" in rows["local:encoder"].notes["pseudo_perplexity"]
    assert "fragmentation" in rows["local:encoder"].scores


def test_a_kept_fingerprint_is_compared_with(make_bench, image_folder, tmp_path, monkeypatch):
    """It belongs to the weights; the job names no path."""
    monkeypatch.setenv("AUTOML_TL_FINGERPRINTS", str(tmp_path / "kept"))
    job = make_bench(image_folder, scorers=("knn", "frechet", "kid", "emd")).job()
    loaded = model_sources.get("local").load(job.candidates[0])
    rows = np.arange(len(job.dataset))
    embeddings = embed(loaded, job.dataset, rows).features
    keep_fingerprint(make_fingerprint(embeddings, rows % 2), loaded)
    ingested = ingest.run(job)
    scores = rank.run(job, ingested, probe.run(job, ingested)).models[0].scores
    assert set(scores) == {"knn", "frechet", "kid", "emd"}
    assert scores["frechet"] == pytest.approx(0.0, abs=0.3)


def test_a_default_ranking_costs_no_further_pass(image_bench, monkeypatch):
    """Nobody asked."""
    monkeypatch.setattr(probe_model, "gather_familiarity", lambda *_, **__: pytest.fail("was asked"))
    job = image_bench.job()
    assert probe.run(job, ingest.run(job)).familiarity == {}


def test_a_model_that_tells_nothing_is_ranked_all_the_same(make_bench, image_folder, monkeypatch):
    """With a warning, and without that score."""

    def broken(*_, **__):
        raise ModelUnavailable("out of order")

    monkeypatch.setattr(probe_model, "gather_familiarity", broken)
    job = make_bench(image_folder, scorers=("knn", "energy")).job()
    ingested = ingest.run(job)
    ranked = rank.run(job, ingested, probe.run(job, ingested)).models[0]
    assert ranked.rank == 1
    assert "no evidence from the model itself" in ranked.notes["energy"]


def test_every_probed_model_has_its_cost_and_the_ranking_shows_it(image_bench):
    """With the throughput of its own probe."""
    job = image_bench.job()
    ingested = ingest.run(job)
    probed = probe.run(job, ingested)
    for row in rank.run(job, ingested, probed).usable():
        assert row.cost == probed.costs[row.model]
        assert row.cost.parameters > 0
        assert row.cost.trial_seconds > 0
    assert probed.costs["local:first"].examples_per_second > 0


def limited(directory, **limits):
    """Return a filter for the models of the bench."""
    return {"names": (f"local:{directory / 'models'}",), **limits}


def test_a_limit_that_is_measured_keeps_models_out_before_they_are_probed(
    make_bench, image_folder, tmp_path, monkeypatch
):
    """The reason states rule, limit and value; the row shows what it costs."""
    costs = iter([ModelCost(latency_ms=5.0, device="cpu"), ModelCost(latency_ms=50.0, device="cpu")])
    monkeypatch.setattr(probe_model, "measure_cost", lambda *_, **__: next(costs))
    job = make_bench(image_folder, models=limited(tmp_path, max_latency_ms=20.0)).job()
    ingested = ingest.run(job)
    probed = probe.run(job, ingested)
    assert len(probed.embeddings) == 1
    out = rank.run(job, ingested, probed).models[-1]
    assert "takes 50 ms for one example" in out.error
    assert "max_latency_ms = 20" in out.error
    assert out.cost.latency_ms == 50.0


def test_a_limit_that_keeps_out_everything_ends_the_job_before_probing(make_bench, image_folder, tmp_path):
    """It says which limit, how many, and how near the nearest came."""
    job = make_bench(image_folder, models=limited(tmp_path, max_memory_mb=1e-3)).job()
    with pytest.raises(
        SpecError, match=r"max_memory_mb = 0\.001 keeps out 2 of 2 \(the least is .* MB\)"
    ) as caught:
        probe.run(job, ingest.run(job))
    assert caught.value.field == "models.max_memory_mb"


def test_a_later_lease_keeps_what_the_first_one_measured(make_bench, image_folder, tmp_path, monkeypatch):
    """A slower machine must not take a model away on which trials rest already."""
    bench = make_bench(image_folder, models=limited(tmp_path, max_latency_ms=1e6))
    job = bench.job()
    ingested = ingest.run(job)
    first = probe.run(job, ingested)
    probe.publish(job, first)
    monkeypatch.setattr(probe_model, "measure_cost", lambda *_, **__: pytest.fail("measured again"))
    again = bench.job("another")
    second = probe.run(again, ingest.run(again))
    assert to_plain(second.costs) == to_plain(first.costs)
    assert list(second.embeddings) == list(first.embeddings)


@pytest.fixture
def crowd(make_bench, make_image_folder, tmp_path, monkeypatch):
    """Return a bench with six candidates that count as many, on data that is large enough for rungs."""
    monkeypatch.setattr(race, "_FEW", 4)
    monkeypatch.setattr(race, "_NOT_WORTH_SAVING", 0.0)
    bench = make_bench(make_image_folder("many", per_class=60))
    for number in range(4):
        write_timm_pair(bench.models, f"more{number}")
    return bench


def test_a_crowd_leaves_early_and_the_finalists_see_everything(crowd):
    """Who left stands in the ranking with the reason, and is not warned of one by one."""
    job = crowd.job()
    ingested = ingest.run(job)
    probed = probe.run(job, ingested)
    assert set(probed.embeddings) | set(probed.departures) == {card.id for card in job.candidates}
    assert len(probed.departures) >= 1
    for embeddings in probed.embeddings.values():
        assert np.array_equal(embeddings.rows, probe.search_rows(ingested))
    ranking = rank.run(job, ingested, probed)
    left = {row.model: row.error for row in ranking.models if row.rank == 0}
    assert set(left) == set(probed.departures)
    total = len(ingested.target.split.train)
    assert all(f" of {total} examples: " in reason for reason in left.values())


def test_a_later_lease_keeps_the_finalists_and_what_is_said_of_the_others(crowd):
    """Decisions are read back, not taken again."""
    job = crowd.job()
    ingested = ingest.run(job)
    first = probe.run(job, ingested)
    job.journal.begin(Stage.PROBE)
    probe.publish(job, first)
    warned = [event for event in crowd.ledger.events.read("default", "job-1").events if event.kind == "warning"]
    assert sum("candidates left early" in event.payload.message for event in warned) == 1
    assert not any("takes no part" in event.payload.message for event in warned)
    second = probe.run(crowd.job("another"), ingested)
    assert list(second.embeddings) == list(first.embeddings)
    assert second.failures == first.failures
    assert second.departures == first.departures
    assert all(embeddings.seconds == 0.0 for embeddings in second.embeddings.values())


def test_a_finalist_that_cannot_be_loaded_under_a_later_lease_ends_the_job(image_bench):
    """Trials may rest on it: going on without it would be another job."""
    job = image_bench.job()
    ingested = ingest.run(job)
    job.journal.begin(Stage.PROBE)
    probe.publish(job, probe.run(job, ingested))
    (image_bench.models / "second.safetensors").write_bytes(b"not weights")
    with pytest.raises(ModelUnavailable, match="local:second cannot be used any more"):
        probe.run(image_bench.job("another"), ingested)


@pytest.mark.parametrize("asked", ["last", "stages"])
def test_layers_that_the_spec_names_are_those_of_every_model(make_bench, image_folder, asked):
    """The cards say so from here on: trials load the models as they were probed, and the ranking shows it."""
    job = make_bench(image_folder, scorers=("knn",), layers=asked).job()
    ingested = ingest.run(job)
    probed = probe.run(job, ingested)
    assert {card.input.layers for card in probed.cards.values()} == {asked}
    loaded = model_sources.get("local").load(probed.cards["local:first"])
    assert loaded.backbone.embedding_size == probed.embeddings["local:first"].features.shape[1]
    assert {row.layers for row in rank.run(job, ingested, probed).models} == {asked}


def test_another_lease_takes_the_layers_that_the_first_one_chose(make_bench, image_folder, monkeypatch):
    """Ranking and trials rest on them: nothing is chosen again."""
    bench = make_bench(image_folder, scorers=("knn",))
    job = bench.job()
    ingested = ingest.run(job)
    monkeypatch.setattr(probe_model, "choose_layers", lambda samples: "stages")
    first = probe.run(job, ingested)
    job.journal.begin(Stage.PROBE)
    probe.publish(job, first)
    monkeypatch.setattr(probe_model, "choose_layers", lambda samples: pytest.fail("was chosen again"))
    second = probe.run(bench.job("second-machine"), ingested)
    assert {model: card.input.layers for model, card in second.cards.items()} == dict.fromkeys(
        first.embeddings, "stages"
    )
    for model, embeddings in first.embeddings.items():
        assert np.array_equal(second.embeddings[model].features, embeddings.features)


def test_a_good_model_that_takes_too_long_is_named_with_the_time_it_needs(image_bench):
    """So that a person can give the job that time."""
    job = image_bench.job()
    probed = probe.run(job, ingest.run(job))
    late = Departure(64, 400, 1, 9, 0.75, "local:first", -0.2, 0.05, "time", 83.0)
    early = replace(late, place=5, reason="behind", difference=0.2)
    job.journal.begin(Stage.PROBE)
    probe.publish(job, replace(probed, departures={"local:second": late, "local:third": early}))
    events = image_bench.ledger.events.read("default", "job-1").events
    warned = [event.payload.message for event in events if event.kind == "warning"]
    assert any("local:second, stood at place 1 of 9" in each and "about 83 seconds" in each for each in warned)
    assert any(each.startswith("1 of 2 candidates left early") for each in warned)
