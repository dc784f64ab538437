"""Own lists are checked at the edge, to the single sentence."""

import pytest
from pydantic import ValidationError

from automl_tl.fairness.inherited.terms import TERMS
from automl_tl.pipeline.inherited_spec import InheritedSpec

SENTENCES = [f"The {{term}} came {number} times." for number in range(6)]
PAIRS = [{"stereotype": f"Women {number}.", "anti_stereotype": f"Men {number}."} for number in range(10)]


def swap(**changes):
    return {"name": "jobs", "terms": ["nurse", "doctor"], "templates": SENTENCES, **changes}


def asked(*swaps, pairs=()):
    return InheritedSpec.model_validate({"term_swaps": swaps, "stereotype_pairs": pairs})


def test_lists_in_order_pass():
    """With forms of a pronoun, and with the shipped sentences."""
    with_forms = ["{subject} und {possessive} Hund", *(f"Um {number} kam {{subject}}" for number in range(5))]
    forms = swap(name="forms", terms=["sie|sie|ihr", "er|ihn|sein"], templates=with_forms)
    found = asked(swap(), forms, swap(name="plain", templates=[]), pairs=PAIRS)
    assert [entry.name for entry in found.term_swaps] == ["jobs", "forms", "plain"]
    assert InheritedSpec.model_validate_json(found.model_dump_json()) == found


@pytest.mark.parametrize(
    ("changes", "place", "text"),
    [
        ({"terms": ["nurse"]}, ("terms",), "at least 2 items"),
        ({"terms": ["nurse", "nurse"]}, ("terms",), "'nurse' stands twice"),
        ({"terms": ["nurse", " "]}, ("terms", 1), "must not be blank"),
        ({"terms": ["nurse", "x" * 101]}, ("terms", 1), "at most 100"),
        ({"terms": [str(number) for number in range(65)]}, ("terms",), "at most 64 items"),
        ({"templates": SENTENCES[:5]}, ("templates",), "at least 6 sentences but there are 5"),
        ({"templates": [*SENTENCES, "No slot."]}, ("templates", 6), "has no {term} to fill"),
        ({"templates": [*SENTENCES, "{term} {who}"]}, ("templates", 6), "knows no {who}"),
        ({"templates": SENTENCES * 2}, ("templates",), "stands twice"),
        ({"templates": SENTENCES * 50}, ("templates",), "at most 200 items"),
        ({"name": ""}, ("name",), "must not be blank"),
        ({"sentences": SENTENCES}, ("sentences",), "Extra inputs"),
    ],
)
def test_a_broken_rule_of_a_list_names_its_place(changes, place, text):
    """Field, position and what would do."""
    with pytest.raises(ValidationError) as caught:
        asked(swap(**changes))
    error = caught.value.errors()[0]
    assert error["loc"] == ("term_swaps", 0, *place)
    assert text in error["msg"]


@pytest.mark.parametrize("name", TERMS)
def test_names_of_shipped_lists_are_taken(name):
    """Results of both would be mistaken for each other."""
    with pytest.raises(ValidationError, match="name of a shipped list"):
        asked(swap(name=name))


@pytest.mark.parametrize(
    ("swaps", "pairs", "text"),
    [
        ((swap(), swap()), (), "'jobs' stands twice"),
        ((), PAIRS[:9], "at least 10 pairs but there are 9"),
        ((), [*PAIRS, PAIRS[3]], "stands twice"),
        ((), [*PAIRS, {"stereotype": "same", "anti_stereotype": "same"}], "are the same sentence"),
        ((), [{**pair, "stereotype": pair["stereotype"] + "x" * 490} for pair in PAIRS * 13], "stands twice"),
        (
            (),
            [{"stereotype": f"{n} {'x' * 480}", "anti_stereotype": f"{n}"} for n in range(150)],
            "65536 characters but have",
        ),
    ],
)
def test_what_lists_say_together_is_checked(swaps, pairs, text):
    """Names, repetition and size."""
    with pytest.raises(ValidationError, match=text):
        asked(*swaps, pairs=pairs)
