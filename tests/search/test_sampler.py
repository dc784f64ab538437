"""Which configuration comes next."""

import pytest

from automl_tl.finetune.metrics import metrics
from automl_tl.search.sampler import Sampler
from automl_tl.search.space import Situation
from automl_tl.search.space_reader import parse_space
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


def sampler(seed=0, portfolio=0, startup=4, candidates=CANDIDATES):
    return Sampler(SPACE, candidates, metric=ACCURACY, seed=seed, portfolio=portfolio, startup=startup)


def play(one, ended_trial, count=20, quality=lambda suggestion: 0.5, first=1):
    """Ask and tell ``count`` times; return the suggestions."""
    suggestions = []
    for number in range(first, first + count):
        suggestion = one.ask(f"t{number:04d}")
        suggestions.append(suggestion)
        one.tell(
            ended_trial(
                number,
                [quality(suggestion)] * 4,
                model=suggestion.model,
                strategy=suggestion.strategy,
                parameters=suggestion.parameters,
            )
        )
    return suggestions


def test_suggestions_obey_the_conditions(ended_trial):
    """Each model gets its own range; the strategy for few classes only where classes are few."""
    suggestions = play(sampler(), ended_trial, 60)
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


def test_the_same_seed_and_answers_give_the_same_suggestions(ended_trial):
    """And another seed gives others."""

    def quality(suggestion):
        return suggestion.parameters.get("learning_rate", 0.0)

    one, two, other = (play(sampler(seed), ended_trial, 15, quality) for seed in (3, 3, 4))
    assert one == two
    assert one != other


def test_it_learns_which_region_is_good(ended_trial):
    """With accuracy that falls with the rate, late suggestions for model a lie lower than random ones would."""

    def quality(suggestion):
        if suggestion.model == "b":
            return 0.0
        return 1.0 - suggestion.parameters["learning_rate"] * 9

    late = play(sampler(seed=1), ended_trial, 60, quality)[30:]
    share_of_a = sum(suggestion.model == "a" for suggestion in late) / len(late)
    rates = sorted(suggestion.parameters["learning_rate"] for suggestion in late if suggestion.model == "a")
    assert share_of_a > 0.6
    assert rates[len(rates) // 2] < 0.01


def test_states_are_told_as_what_they_are(ended_trial):
    """SUCCEEDED is complete, PRUNED carries its rungs, FAILED carries nothing."""
    one = sampler()
    for number, state in ((1, TrialState.SUCCEEDED), (2, TrialState.PRUNED), (3, TrialState.FAILED)):
        suggestion = one.ask(f"t000{number}")
        values = [] if state is TrialState.FAILED else [0.4, 0.6]
        one.tell(ended_trial(number, values, state=state, model=suggestion.model, error="x" * (number == 3)))
    told = one._study.trials
    assert [trial.state.name for trial in told] == ["COMPLETE", "PRUNED", "FAIL"]
    assert told[1].intermediate_values == {1: 0.4, 3: 0.6}
    assert told[0].value == 0.6


def test_trials_of_an_earlier_process_are_learnt_and_not_repeated(ended_trial):
    """Replayed rows enter the study; a portfolio recipe that was tried is not tried again."""
    before = play(sampler(portfolio=2), ended_trial, 2)
    one = sampler(portfolio=4)
    for number, suggestion in enumerate(before, 1):
        one.replay(ended_trial(number, [0.5], model=suggestion.model, parameters=suggestion.parameters))
    assert len(one._study.trials) == 2
    assert one._study.trials[0].params["model"] == "a"
    assert [suggestion.parameters["updates"] for suggestion in play(one, ended_trial, 2, first=3)] == [20, 20]


@pytest.mark.parametrize(
    "changes",
    [
        {"model": "gone"},
        {"model": "a", "strategy": "linear_probe"},
        {"model": "a", "parameters": {"learning_rate": 5.0, "updates": 15, "augment": "none"}},
        {"model": "a", "parameters": {"updates": 15}},
        {"model": "a", "state": TrialState.RUNNING},
    ],
)
def test_rows_outside_the_space_are_passed_over(ended_trial, changes):
    """A candidate, strategy or value that is no longer there teaches nothing and breaks nothing."""
    one = sampler()
    one.replay(ended_trial(1, [0.5], **changes))
    assert one._study.trials == []
    assert one.ask("t0002") is not None


def test_a_model_that_only_fails_is_dropped(ended_trial):
    """Two failures without a success are enough; without any usable model there is nothing to suggest."""
    one = sampler(portfolio=2)
    for number in (1, 2):
        one.replay(ended_trial(number, [], state=TrialState.FAILED, model="a", error="cannot be loaded"))
    assert {suggestion.model for suggestion in play(one, ended_trial, 10, first=3)} == {"b"}
    only = sampler(candidates={"a": CANDIDATES["a"]})
    for number in (1, 2):
        only.replay(ended_trial(number, [], state=TrialState.FAILED, model="a", error="cannot be loaded"))
    assert only.ask("t0003") is None


def test_running_out_of_time_is_no_strike_against_a_model(ended_trial):
    """Trials cut at the deadline say nothing about the model."""
    one = sampler(candidates={"a": CANDIDATES["a"]})
    for number in (1, 2, 3):
        one.replay(ended_trial(number, [], state=TrialState.FAILED, model="a", error="deadline"))
    assert one.ask("t0004") is not None
