"""Limits on models: what breaks them, in words with rule, limit and value."""

import math

import pytest

from automl_tl.pipeline.constraints import broken_by_card, broken_by_cost, cause, tally
from automl_tl.pipeline.spec import ModelFilter
from automl_tl.probe.cost import ModelCost
from automl_tl.zoo.card import ImageInput, ModelCard

COST = ModelCost(parameters=5_000_000, latency_ms=12.34, inference_bytes=81.26e6, device="cpu, 1 thread")


def card(parameters=0, licence=""):
    return ModelCard("timm", "m", "image", "net", "net", ImageInput(), parameters, licence=licence)


def reasons(breaches):
    return [breach.reason for breach in breaches]


def test_without_limits_nothing_is_broken():
    """Not even by what is unknown."""
    assert broken_by_card(card(), ModelFilter()) == ()
    assert broken_by_cost(ModelCost(), ModelFilter()) == ()


@pytest.mark.parametrize(
    ("limits", "reason"),
    [
        ({"max_parameters": 4_999_999}, "it has 5,000,000 parameters, more than max_parameters = 4,999,999"),
        (
            {"max_latency_ms": 12},
            "it takes 12.3 ms for one example on cpu, 1 thread, more than max_latency_ms = 12",
        ),
        ({"max_memory_mb": 80}, "it needs 81.3 MB to predict one example, more than max_memory_mb = 80"),
    ],
)
def test_a_measured_limit_is_broken_with_its_reason(limits, reason):
    """And kept by one that is a little wider."""
    assert reasons(broken_by_cost(COST, ModelFilter(**limits))) == [reason]
    assert (
        broken_by_cost(COST, ModelFilter(**{name: limit * 1.1 // 1 + 1 for name, limit in limits.items()})) == ()
    )


def test_a_limit_is_kept_by_what_reaches_it_exactly():
    """max means at most."""
    assert broken_by_card(card(5_000_000), ModelFilter(max_parameters=5_000_000)) == ()
    assert broken_by_cost(ModelCost(latency_ms=20.0), ModelFilter(max_latency_ms=20.0)) == ()


def test_a_figure_that_could_not_be_measured_cannot_be_shown_to_keep_its_limit():
    """A promise that nobody checked is none; figures without a limit may be unknown."""
    unknown = ModelCost(notes={"latency_ms": "no time was left to measure it"})
    assert reasons(broken_by_cost(unknown, ModelFilter(max_latency_ms=20.0))) == [
        "it cannot be shown to keep max_latency_ms = 20: no time was left to measure it"
    ]
    assert len(broken_by_cost(ModelCost(), ModelFilter(max_latency_ms=20.0, max_memory_mb=10.0))) == 2


@pytest.mark.parametrize(
    ("licence", "allowed", "reason"),
    [
        ("Apache-2.0", ("MIT", "Apache-2.0"), None),
        ("apache-2.0", ("Apache-2.0",), None),
        ("MIT", ("Apache-2.0",), "its licence MIT is not among licences = Apache-2.0"),
        ("", ("MIT", "ISC"), "its licence is unknown and so not among licences = MIT, ISC"),
    ],
)
def test_licences_are_compared_as_spdx_says(licence, allowed, reason):
    """Without regard to case; what nobody states is not acceptable."""
    assert reasons(broken_by_card(card(licence=licence), ModelFilter(licences=allowed))) == (
        [reason] if reason else []
    )


def test_parameters_that_no_card_knows_are_counted_after_loading():
    """Local models may not say how many they have."""
    limit = ModelFilter(max_parameters=10)
    assert broken_by_card(card(0), limit) == ()
    assert broken_by_cost(ModelCost(parameters=11), limit)[0].rule == "max_parameters"


def test_the_tally_says_which_limit_keeps_out_how_many_and_how_near_the_nearest_comes():
    """So that a person knows what to loosen, and to what."""
    models = ModelFilter(max_latency_ms=1, max_memory_mb=80)
    broken = [
        broken_by_cost(ModelCost(latency_ms=latency, inference_bytes=size), models)
        for latency, size in ((3.0, 70e6), (2.0, 90e6), (math.nan, 70e6))
    ]
    assert tally(broken, models) == (
        "max_latency_ms = 1 keeps out 3 of 3 (the least is 2 ms); "
        "max_memory_mb = 80 keeps out 1 of 3 (the least is 90 MB)"
    )
    assert cause(broken) == "models.max_latency_ms"
    assert cause([*broken[1:2], broken_by_card(card(9), ModelFilter(max_parameters=1))]) == "models"


def test_the_tally_of_licences_names_what_the_models_have():
    """An identifier that was mistyped is seen at once."""
    models = ModelFilter(licences=("Apache2",))
    broken = [broken_by_card(card(licence=licence), models) for licence in ("MIT", "", "Apache-2.0", "MIT")]
    assert tally(broken, models) == "licences = Apache2 keeps out 4 of 4 (they have Apache-2.0, MIT, unknown)"
    assert tally([], models) == ""
    assert cause([]) == "models"
