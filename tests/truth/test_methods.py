"""Every way of ordering candidates, from what a job would know."""

from dataclasses import replace

import numpy as np
import pytest

from automl_tl.testing.scorer import clustered_sample
from automl_tl.transferability.base import scorers
from automl_tl.transferability.experience import PastResult
from automl_tl.transferability.rank import rank
from automl_tl.truth.methods import (
    OURS,
    PROBE_ONLY,
    STATIC,
    Probed,
    experience_without,
    method_values,
    probe_candidates,
    ranking_of,
)
from automl_tl.truth.table import TruthTable
from automl_tl.truth.task import draw_task
from automl_tl.zoo.card import ImageInput, ModelCard

SEPARATION = {"local:poor": 0.3, "local:good": 3.0, "local:fair": 1.5}
CARDS = {
    model: ModelCard("local", model[6:], "image", "net", "net", ImageInput(), size)
    for model, size in zip(SEPARATION, (30, 20, 10), strict=True)
}
PAST = tuple(
    PastResult(task, model, value)
    for task in ("birds", "cars")
    for model, value in (("local:poor", 0.9), ("local:good", 0.6), ("local:fair", 0.7))
)


@pytest.fixture(scope="module")
def probed():
    return Probed({model: clustered_sample(n=60, separation=value) for model, value in SEPARATION.items()}, {})


def values_of(probed, cards=CARDS, experience=PAST, models=tuple(SEPARATION)):
    return method_values(ranking_of(probed, cards, experience), probed, cards, experience, models)


@pytest.fixture(scope="module")
def values(probed):
    return values_of(probed)


def order(values, models=tuple(SEPARATION)):
    return [models[place].removeprefix("local:") for place in np.argsort(-values)]


def test_only_the_training_part_is_embedded(shapes, cards, zoo):
    task = draw_task("shapes", shapes, rows=30, seed=2)
    found = probe_candidates(task, cards, zoo)
    assert list(found.samples) == ["local:a", "local:b"]
    sample = found.samples["local:a"]
    assert sample.features.shape == (len(task.train), 16)
    assert sample.source_probs.shape == (len(task.train), 4)
    assert np.array_equal(sample.labels, task.labels(task.train))
    assert sample.seed == 2


def test_a_candidate_that_fails_stops_no_other(shapes, cards, zoo):
    zoo.broken.add("local:a")
    found = probe_candidates(draw_task("shapes", shapes, rows=30, seed=2), cards, zoo)
    assert list(found.samples) == ["local:b"]
    assert "no\nweights" in found.failures["local:a"]


def test_experience_is_what_happened_on_other_data_sets(tmp_path, measured):
    """Never on the same one; the mean over complete seeds."""
    table = TruthTable(tmp_path / "truth.csv")
    for data, base in (("pets", 0.1), ("birds", 0.5)):
        for seed in (0, 1):
            for model, extra in (("a", 0.0), ("b", 0.2)):
                table.add(measured(data, model, seed, base + extra + seed / 10))
    table.add(measured("birds", "a", 2, 0.9))
    table.add(measured("cars", "a", 0, float("nan"), error="no weights"))
    past = experience_without(table, "pets")
    assert {each.task for each in past} == {"birds"}
    assert {each.model: each.value for each in past} == pytest.approx({"a": 0.55, "b": 0.75})
    assert {each.task for each in experience_without(table, "new")} == {"birds", "pets"}


def test_every_method_has_one_value_per_candidate(values):
    needs_model = {name for name in scorers.names() if scorers.get(name).needs_familiarity}
    expected = set(scorers.names()) - needs_model - {"logme_regression"} | {OURS, PROBE_ONLY, STATIC}
    assert set(values) == expected
    assert all(each.shape == (3,) for each in values.values())


def test_scores_alone_order_by_themselves(values):
    for name in ("knn", "linear_probe", "lda", "logme", "leep"):
        assert order(values[name]) == ["good", "fair", "poor"]


def test_ours_is_what_rank_says(probed, values):
    ranking = rank(probed.samples, {}, CARDS, experience=PAST, bootstrap=500)
    score = {row.model: row.score for row in ranking.models}
    assert values[OURS] == pytest.approx([score[model] for model in SEPARATION], abs=1e-9)


def test_target_only_is_what_rank_says_without_figures_sizes_and_experience(probed, values):
    """The data pull one way here, experience the other."""
    alone = rank(probed.samples, {}, {}, bootstrap=0)
    score = {row.model: row.score for row in alone.models}
    assert values[PROBE_ONLY] == pytest.approx([score[model] for model in SEPARATION], abs=1e-6)
    moved = values[OURS] - values[PROBE_ONLY]
    assert moved[0] > 0 > moved[1]


def test_static_is_the_standing_on_other_data_sets(values):
    assert order(values[STATIC]) == ["poor", "fair", "good"]


def test_without_other_data_sets_static_is_published_figures_or_size(probed):
    """What is known before any data are looked at."""
    assert order(values_of(probed, experience=())[STATIC]) == ["poor", "good", "fair"]
    published = {
        model: replace(card, prior={"imagenet1k_top1": value})
        for (model, card), value in zip(CARDS.items(), (60.0, 70.0, 80.0), strict=True)
    }
    assert order(values_of(probed, published, ())[STATIC]) == ["fair", "good", "poor"]


def test_candidates_without_a_sample_have_no_value(probed):
    """They stand last with every method that looks at the data."""
    some = Probed({model: probed.samples[model] for model in ("local:good", "local:fair")}, {"local:poor": "gone"})
    values = values_of(some)
    assert {name for name, each in values.items() if np.isfinite(each[0])} == {STATIC}
    assert np.isfinite(values[OURS][1:]).all()


def test_equal_candidates_have_exactly_equal_values(probed):
    """Differences of rounding must not break a tie."""
    same = Probed(dict.fromkeys(SEPARATION, probed.samples["local:fair"]), {})
    cards = {model: replace(card, parameters=10) for model, card in CARDS.items()}
    values = values_of(same, cards, ())
    assert len(set(values[OURS])) == len(set(values[PROBE_ONLY])) == 1
