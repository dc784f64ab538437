"""Probe, figures and experience together: a weak probe is moved, a strong one is not."""

import math

import numpy as np
import pytest

from automl_tl.testing.scorer import clustered_sample
from automl_tl.transferability.base import scorers
from automl_tl.transferability.compute import score_sheet
from automl_tl.transferability.ensemble import columns
from automl_tl.transferability.experience import PastResult
from automl_tl.transferability.rank import rank
from automl_tl.transferability.standing import Standing, standings_of
from automl_tl.zoo.card import ImageInput, ModelCard

NAMES = ("linear_probe", "knn")


def card(model, parameters=10**6, **prior):
    return ModelCard("timm", model[5:], "image", "net", "net", ImageInput(), parameters, prior=prior)


def past(best, other, tasks=8):
    """Earlier tasks on which one model was far better than the other."""
    return tuple(
        PastResult(f"task {number}", model, value)
        for number in range(tasks)
        for model, value in ((best, 0.9), (other, 0.6))
    )


def standings(samples, cards=None, experience=(), names=NAMES):
    models = list(samples)
    sheets = [score_sheet(sample, names) for sample in samples.values()]
    found = columns({name: scorers.get(name) for name in names}, [sheet.scores for sheet in sheets])
    return dict(
        zip(
            models,
            standings_of(models, found, sheets, cards or {}, experience, seed=0, resamples=300),
            strict=True,
        )
    )


@pytest.fixture
def strong():
    """300 examples on which a is clearly better than b."""
    return {
        model: clustered_sample(n=300, separation=value) for model, value in (("timm:a", 3.0), ("timm:b", 1.0))
    }


@pytest.fixture
def weak():
    """24 examples on which a is a little better than b."""
    return {model: clustered_sample(n=24, separation=value) for model, value in (("timm:a", 1.6), ("timm:b", 1.3))}


def test_the_probe_alone_is_not_shifted(strong):
    for each in standings(strong).values():
        assert each.prior_shift == pytest.approx(0.0, abs=1e-6)
        assert each.low < each.mean < each.high
        assert 0 <= each.expected_regret <= 1


def test_probabilities_sum_to_one_and_the_contenders_hold_the_best(strong):
    found = standings(strong)
    assert sum(each.probability_best for each in found.values()) == pytest.approx(1.0)
    assert found["timm:a"].contender
    assert found["timm:a"].probability_best > 0.95
    assert not found["timm:b"].contender
    assert found["timm:b"].expected_regret > found["timm:a"].expected_regret


def test_experience_turns_a_weak_probe_but_not_a_strong_one(weak, strong):
    """Eight tasks on which b was far better than a."""
    experience = past("timm:b", "timm:a")
    before, after = standings(weak), standings(weak, experience=experience)
    assert before["timm:a"].mean > before["timm:b"].mean
    assert after["timm:a"].mean < after["timm:b"].mean
    assert after["timm:b"].prior_shift > 0 > after["timm:a"].prior_shift
    kept = standings(strong, experience=experience)
    assert kept["timm:a"].mean > kept["timm:b"].mean


def test_rank_lets_experience_decide_between_equals():
    """The ranking a person sees: the probe knows no difference."""
    sample = clustered_sample(n=60, separation=1.5)
    samples = {"timm:a": sample, "timm:b": sample}
    cards = {model: card(model) for model in samples}
    assert rank(samples, {}, cards).models[0].probability_best == 0.5
    for best, other in (("timm:a", "timm:b"), ("timm:b", "timm:a")):
        ranking = rank(samples, {}, cards, experience=past(best, other))
        assert ranking.models[0].model == best
        assert ranking.models[0].probability_best > 0.6
        assert ranking.baselines["static"] == best


def test_published_figures_and_sizes_decide_between_equals():
    sample = clustered_sample(n=60, separation=1.5)
    samples = {"timm:a": sample, "timm:b": sample}
    figures = {"timm:a": card("timm:a", imagenet1k_top1=70.0), "timm:b": card("timm:b", imagenet1k_top1=85.0)}
    sizes = {"timm:a": card("timm:a", 10**6), "timm:b": card("timm:b", 10**8)}
    for cards in (figures, sizes):
        found = standings(samples, cards)
        assert found["timm:b"].mean > found["timm:a"].mean
        assert found["timm:b"].prior_shift > 0


def test_the_level_stays_that_of_the_probe(strong):
    """Earlier tasks were easier; that is no news of this one."""
    experience = past("timm:a", "timm:b")
    before, after = (
        np.mean([each.mean for each in standings(strong, experience=e).values()]) for e in ((), experience)
    )
    assert after == pytest.approx(before, abs=0.15)


def test_a_model_without_a_voting_score_has_no_standing(strong):
    """The others are judged as if it were not there."""
    models = [*strong, "timm:mute"]
    sheets = [score_sheet(sample, NAMES) for sample in strong.values()]
    columns_of = columns({name: scorers.get(name) for name in NAMES}, [*(sheet.scores for sheet in sheets), {}])
    found = standings_of(models, columns_of, [*sheets, type(sheets[0])()], {}, (), seed=0, resamples=100)
    assert math.isnan(found[2].mean)
    assert math.isnan(found[2].probability_best)
    assert not found[2].contender
    assert found[0].probability_best + found[1].probability_best == pytest.approx(1.0)


def test_nothing_scored_is_no_standing():
    blank = standings_of(["timm:a"], (), [], {}, (), seed=0, resamples=10)
    assert len(blank) == 1
    assert math.isnan(blank[0].mean)
    assert standings_of([], (), [], {}, (), seed=0, resamples=10) == []
    assert Standing().contender is False


def test_one_candidate_is_the_best_for_sure(strong):
    (only,) = standings({"timm:a": strong["timm:a"]}).values()
    assert only.probability_best == 1.0
    assert only.expected_regret == 0.0
    assert only.contender


def test_the_same_seed_gives_the_same_standing(weak):
    assert standings(weak) == standings(weak)


def test_the_shares_and_the_common_level_are_the_standing_exactly(weak):
    """Scores, figures, sizes and earlier jobs add up, for every model from the same level."""
    samples = {**weak, "timm:c": clustered_sample(n=24, separation=1.4)}
    cards = {
        "timm:a": card("timm:a", imagenet1k_top1=70.0),
        "timm:b": card("timm:b", imagenet1k_top1=85.0),
        "timm:c": card("timm:c", parameters=10**8),
    }
    rows = standings(samples, cards, past("timm:b", "timm:c"))
    assert set(rows["timm:a"].shares) == {*NAMES, "published figures", "earlier jobs"}
    levels = [row.mean - sum(row.shares.values()) for row in rows.values()]
    assert np.ptp(levels) < 1e-9
    for row in rows.values():
        moved = sum(value for name, value in row.shares.items() if name not in NAMES)
        assert moved == pytest.approx(row.prior_shift, abs=1e-9)
    assert rows["timm:b"].shares["published figures"] > rows["timm:a"].shares["published figures"]
