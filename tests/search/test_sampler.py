"""Which configuration comes next."""

import math
from dataclasses import replace

import pytest

from automl_tl.finetune.metrics import metrics
from automl_tl.finetune.workload import CurvePoint
from automl_tl.search.avoidance import MemoryLimit
from automl_tl.search.sampler import Sampler
from automl_tl.search.space import Situation
from automl_tl.search.space_reader import parse_space
from automl_tl.search.standing import Standing
from automl_tl.search.trial import TrialState

ACCURACY = metrics.get("accuracy")
SPACE = parse_space("""
modality: image
strategies:
  full_finetune:
    learning_rate:
      - {when: {model_parameters: {below: 1e6}}, kind: log_float, low: 1e-3, high: 1e-1, default: 1e-2}
      - {kind: log_float, low: 1e-5, high: 1e-4, default: 5e-5}
    updates: {kind: int, low: 10, high: 20, default: 15}
    augment: {kind: categorical, choices: [none, light]}
  linear_probe:
    when: {classes: {below: 5}}
    inverse_regularisation: {kind: log_float, low: 1e-2, high: 1e2, default: 1}
portfolio:
  - strategy: full_finetune
  - {strategy: full_finetune, updates: 20}
""")
CANDIDATES = {"a": Situation("resnet", 1000, 100, 10), "b": Situation("vit", 10**8, 100, 3)}


def sampler(seed=0, portfolio=0, startup=4, candidates=CANDIDATES, space=SPACE, **options):
    return Sampler(space, candidates, metric=ACCURACY, seed=seed, portfolio=portfolio, startup=startup, **options)


def play(one, ended_trial, count=20, quality=lambda suggestion: 0.5, first=1):
    """Ask and tell ``count`` times; return the suggestions."""
    suggestions = []
    for number in range(first, first + count):
        suggestion = one.ask(f"t{number:04d}")
        suggestions.append(suggestion)
        one.note(told(number, suggestion, ended_trial, [quality(suggestion)] * 4))
    return suggestions


def told(number, suggestion, ended_trial, values, **changes):
    return ended_trial(
        number,
        values,
        model=suggestion.model,
        strategy=suggestion.strategy,
        parameters=suggestion.parameters,
        **changes,
    )


def test_suggestions_obey_the_conditions(ended_trial):
    """Each model gets its own range; the strategy for few classes only where classes are few."""
    suggestions = play(sampler(), ended_trial, 40)
    assert {suggestion.model for suggestion in suggestions} == {"a", "b"}
    for suggestion in suggestions:
        if suggestion.strategy == "linear_probe":
            assert suggestion.model == "b"
            assert set(suggestion.parameters) == {"inverse_regularisation"}
            continue
        low, high = (1e-3, 1e-1) if suggestion.model == "a" else (1e-5, 1e-4)
        assert low <= suggestion.parameters["learning_rate"] <= high
        assert isinstance(suggestion.parameters["updates"], int)
        assert suggestion.parameters["augment"] in ("none", "light")
    assert "linear_probe" in {suggestion.strategy for suggestion in suggestions}


def test_the_portfolio_comes_first_best_model_first(ended_trial):
    """Then the sampler takes over."""
    suggestions = play(sampler(portfolio=3), ended_trial, 5)
    assert [suggestion.origin for suggestion in suggestions] == ["portfolio"] * 3 + ["sampler"] * 2
    first = [(suggestion.model, suggestion.parameters["updates"]) for suggestion in suggestions[:3]]
    assert first == [("a", 15), ("b", 15), ("a", 20)]
    assert suggestions[1].parameters["learning_rate"] == 5e-5


def test_the_portfolio_follows_the_ranking_and_the_clock():
    """A likelier model comes first; where time is limited, one that is eight times dearer has to wait."""
    standings = {"a": Standing(0.4, True, pace=1.0), "b": Standing(0.6, True, pace=8.0)}
    order = []
    for timed in (False, True):
        one = sampler(portfolio=2, standings=standings, timed=timed)
        order.append(one.ask("t0001").model)
    assert order == ["b", "a"]


def test_no_configuration_is_tried_twice(ended_trial):
    """Also not one of the portfolio that an earlier process has tried."""
    one = sampler(portfolio=4)
    suggestions = play(one, ended_trial, 30)
    keys = [(each.model, each.strategy, tuple(each.parameters.items())) for each in suggestions]
    assert len(set(keys)) == len(keys)
    again = sampler(portfolio=4)
    for number, suggestion in enumerate(suggestions[:2], 1):
        again.note(told(number, suggestion, ended_trial, [0.5]))
    assert again.ask("t0003").parameters["updates"] == 20


@pytest.mark.parametrize("unit", [2.0**-8, 2.0**17])
def test_a_target_in_another_unit_gives_the_same_suggestions(ended_trial, unit):
    """Errors of a target in metres or in micrometres are the same errors."""

    def suggestions(scale):
        one = Sampler(SPACE, CANDIDATES, metric=metrics.get("rmse"), seed=0, portfolio=2, startup=4)
        for number, model in enumerate("ab", 101):
            one.note(ended_trial(number, [], model=model, origin="probe", metrics={"rmse": 0.5 * scale}))
        found = []
        for number in range(1, 25):
            found.append(one.ask(f"t{number:04d}"))
            error = (0.5 - 0.01 * (number % 7) / 7 - 0.02 * (found[-1].model == "b")) * scale
            points = (CurvePoint(at, at / 9, 1.0, 1.0, {"rmse": error}) for at in (1, 3, 6, 9))
            one.note(told(number, found[-1], ended_trial, [], curve=tuple(points), metrics={"rmse": error}))
        return found

    assert suggestions(1.0) == suggestions(unit)


@pytest.mark.parametrize("timed", [False, True])
def test_the_same_seed_and_answers_give_the_same_suggestions(ended_trial, timed):
    """And another seed gives others."""

    def quality(suggestion):
        return suggestion.parameters.get("learning_rate", 0.0)

    one, two, other = (play(sampler(seed, timed=timed), ended_trial, 12, quality) for seed in (3, 3, 4))
    assert one == two
    assert one != other


def test_without_a_limit_of_time_seconds_decide_nothing(ended_trial):
    """They differ from run to run, and the list of trials must not."""
    lists = []
    for slowness in (1.0, 7.3):
        one = sampler()
        lists.append([])
        for number in range(1, 13):
            suggestion = one.ask(f"t{number:04d}")
            lists[-1].append(suggestion)
            curve = [
                CurvePoint(at, at / 9, slowness * at * number, 1.0, {"accuracy": number / 20})
                for at in (1, 3, 6, 9)
            ]
            trial = told(number, suggestion, ended_trial, [0.5])
            one.note(replace(trial, curve=tuple(curve)))
    assert lists[0] == lists[1]


def test_it_learns_which_region_is_good(ended_trial):
    """With accuracy that falls with the rate, late suggestions for model a lie lower than the default."""

    def quality(suggestion):
        if suggestion.model == "b":
            return 0.0
        return 1.0 - suggestion.parameters["learning_rate"] * 9

    late = play(sampler(seed=1), ended_trial, 40, quality)[20:]
    share_of_a = sum(suggestion.model == "a" for suggestion in late) / len(late)
    rates = sorted(suggestion.parameters["learning_rate"] for suggestion in late if suggestion.model == "a")
    assert share_of_a > 0.6
    assert rates[len(rates) // 2] < 0.01


def test_what_promises_the_same_for_less_time_comes_first(ended_trial):
    """Two models are equally good, one takes ten times as long: most trials go to the other."""
    candidates = {"a": Situation("resnet", 1000, 100, 10), "b": Situation("resnet", 1000, 100, 10)}
    standings = {"a": Standing(pace=1.0), "b": Standing(pace=16.0)}
    one = sampler(candidates=candidates, standings=standings, timed=True)
    models = []
    for number in range(1, 21):
        suggestion = one.ask(f"t{number:04d}")
        models.append(suggestion.model)
        one.note(replace(told(number, suggestion, ended_trial, [0.5]), curve=()))
    assert models.count("a") > 13


@pytest.mark.parametrize(
    "changes",
    [
        {"model": "gone"},
        {"model": "a", "strategy": "linear_probe"},
        {"model": "a", "parameters": {"learning_rate": 5.0, "updates": 15, "augment": "none"}},
        {"model": "a", "parameters": {"updates": 15}},
        {"model": "a", "state": TrialState.RUNNING},
        {"model": "a", "origin": "baseline"},
    ],
)
def test_rows_outside_the_space_break_nothing(ended_trial, changes):
    """A candidate, strategy or value that is no longer there, or a row that still runs."""
    one = sampler()
    one.note(ended_trial(1, [0.5], **changes))
    assert one.ask("t0002") is not None


def test_a_model_that_only_fails_is_dropped(ended_trial):
    """Two failures without a success are enough; without any usable model there is nothing to suggest."""
    one = sampler(portfolio=2)
    for number in (1, 2):
        one.note(ended_trial(number, [], state=TrialState.FAILED, model="a", error="cannot be loaded"))
    assert {suggestion.model for suggestion in play(one, ended_trial, 10, first=3)} == {"b"}
    only = sampler(candidates={"a": CANDIDATES["a"]})
    for number in (1, 2):
        only.note(ended_trial(number, [], state=TrialState.FAILED, model="a", error="cannot be loaded"))
    assert only.ask("t0003") is None


BATCHES = parse_space("""
modality: image
strategies:
  full_finetune:
    batch_size: {kind: categorical, choices: [8, 16, 32], default: 32}
    updates: {kind: categorical, choices: [10, 40, 160], default: 160}
    learning_rate: {kind: log_float, low: 1e-4, high: 1e-2, default: 1e-3}
portfolio: [{strategy: full_finetune}]
""")


def test_a_batch_that_did_not_fit_is_not_tried_again(ended_trial):
    """Nor a larger one, of the same model; the other model may."""
    one = sampler(space=BATCHES, portfolio=2)
    one.note(
        ended_trial(
            1, [], state=TrialState.FAILED, model="a", error="out of memory: x", parameters={"batch_size": 16}
        )
    )
    suggestions = play(one, ended_trial, 20, first=2)
    assert {each.parameters["batch_size"] for each in suggestions if each.model == "a"} == {8}
    assert 32 in {each.parameters["batch_size"] for each in suggestions if each.model == "b"}


def test_what_cannot_fit_is_not_even_tried(ended_trial):
    """Known answer: 100 bytes and 10 for each example leave room for batches of 8 in 200."""
    limit = MemoryLimit(200.0, {"a": 100.0}, {"a": 10.0})
    one = sampler(space=BATCHES, portfolio=2, candidates={"a": CANDIDATES["a"]}, memory=limit)
    assert {each.parameters["batch_size"] for each in play(one, ended_trial, 10)} == {8}


def test_the_portfolio_is_shortened_to_the_time_that_is_left():
    """Known answer: 160 updates of 32 examples take 512 seconds at a tenth each, 40 take 128, 10 take 32."""
    standings = {"a": Standing(pace=0.1)}
    for left, updates in ((math.inf, 160), (200.0, 40), (40.0, 10), (22.0, 10)):
        one = sampler(
            space=BATCHES, portfolio=1, candidates={"a": CANDIDATES["a"]}, standings=standings, timed=True
        )
        assert one.ask("t0001", seconds_left=left).parameters["updates"] == updates


def test_a_run_that_would_be_cut_before_two_thirds_is_not_begun():
    """The shortest run, 10 updates of 8 examples, takes 8 seconds: it needs 5.4."""
    options = {"space": BATCHES, "candidates": {"a": CANDIDATES["a"]}, "timed": True}
    one = sampler(portfolio=1, standings={"a": Standing(pace=0.1)}, **options)
    assert one.ask("t0001", seconds_left=5.3) is None
    assert one.ask("t0001", seconds_left=5.4).parameters["batch_size"] == 8
    assert sampler(portfolio=1, **options).ask("t0001", seconds_left=0.1) is not None


def test_scouts_come_after_the_first_recipes_and_recalled_models_join(ended_trial):
    """A model that was left out is tried once; if it is recalled, it is searched like the others."""
    one = sampler(portfolio=4, candidates={"a": CANDIDATES["a"]})
    one.scout({"b": CANDIDATES["b"]})
    models = [each.model for each in play(one, ended_trial, 8)]
    assert models.count("b") == 1
    assert models.index("b") == 2
    assert one.models == ("a",)
    one.recall({"b": CANDIDATES["b"]})
    assert one.models == ("a", "b")
    assert "b" in {each.model for each in play(one, ended_trial, 10, first=9)}


def test_training_is_told_apart_from_probes(ended_trial):
    """Known answers: the probe's merit, and the best after training."""
    one = sampler()
    one.note(ended_trial(1, [0.8], model="a", origin="probe"))
    one.note(ended_trial(2, [0.6, 0.7], model="a"))
    one.note(ended_trial(3, [], model="b", state=TrialState.FAILED, error="x"))
    assert one.probes == {"a": 0.8}
    assert one.trained() == {"a": 0.7}
