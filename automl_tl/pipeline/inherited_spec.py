"""A job's own terms, sentences and pairs, by which it asks what a text model inherited from pretraining."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, Field, field_validator, model_validator

from automl_tl.pipeline.strict_model import StrictModel

__all__ = ["InheritedSpec", "StereotypePairSpec", "TermSwapSpec"]

_SLOTS = ("term", "subject", "object", "possessive")
_SHIPPED_NAMES = ("identity", "names", "pronouns")
_FEWEST_TEMPLATES = 6
_FEWEST_PAIRS = 10
_MOST_CHARACTERS = 65_536
"""Of all texts together, as of a search space: every list of jobs carries them."""


def _said(text: str) -> str:
    if not text.strip():
        raise ValueError("must not be blank")
    return text


def _a_template(text: str) -> str:
    slots = re.findall(r"\{(\w*)\}", text)
    if unknown := next((slot for slot in slots if slot not in _SLOTS), None):
        raise ValueError(f"knows no {{{unknown}}}; write one of {', '.join('{' + slot + '}' for slot in _SLOTS)}")
    if not slots:
        raise ValueError("has no {term} to fill; write {term} where the term belongs")
    return text


_Term = Annotated[str, Field(max_length=100), AfterValidator(_said)]
_Sentence = Annotated[str, Field(max_length=500), AfterValidator(_said)]
_Template = Annotated[_Sentence, AfterValidator(_a_template)]


class TermSwapSpec(StrictModel):
    """Terms that must not matter to the answer; every one of them fills every sentence."""

    name: Annotated[str, AfterValidator(_said)] = Field(max_length=64, description="What the report calls them.")
    terms: tuple[_Term, ...] = Field(
        min_length=2,
        max_length=64,
        description="Forms of one term are divided by | and fill {subject}, {object} and {possessive}.",
    )
    templates: tuple[_Template, ...] = Field(
        (),
        max_length=200,
        description="Sentences with {term}, at least 6; empty takes shipped ones with a term before a noun.",
    )

    @field_validator("name")
    @classmethod
    def _is_not_shipped(cls, value: str) -> str:
        if value in _SHIPPED_NAMES:
            raise ValueError("is the name of a shipped list; choose another name")
        return value

    @field_validator("terms")
    @classmethod
    def _are_different(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return _without_repetition(value)

    @field_validator("templates")
    @classmethod
    def _are_enough(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if 0 < len(value) < _FEWEST_TEMPLATES:
            raise ValueError(
                f"a verdict needs at least {_FEWEST_TEMPLATES} sentences but there are {len(value)}; write more, "
                "or none to take the shipped ones"
            )
        return _without_repetition(value)


class StereotypePairSpec(StrictModel):
    """Two sentences that differ in who is meant only."""

    stereotype: _Sentence
    anti_stereotype: _Sentence

    @model_validator(mode="after")
    def _differ(self) -> StereotypePairSpec:
        if self.stereotype == self.anti_stereotype:
            raise ValueError(
                "stereotype and anti_stereotype are the same sentence; name another group in one of them"
            )
        return self


class InheritedSpec(StrictModel):
    """What a text model is asked beside the small shipped lists; own lists come first when time is short."""

    term_swaps: tuple[TermSwapSpec, ...] = Field((), max_length=8)
    stereotype_pairs: tuple[StereotypePairSpec, ...] = Field(
        (), max_length=1000, description="At least 10; for models that come with their masked-language head."
    )

    @field_validator("term_swaps")
    @classmethod
    def _have_names_of_their_own(cls, value: tuple[TermSwapSpec, ...]) -> tuple[TermSwapSpec, ...]:
        _without_repetition(tuple(entry.name for entry in value))
        return value

    @field_validator("stereotype_pairs")
    @classmethod
    def _are_enough(cls, value: tuple[StereotypePairSpec, ...]) -> tuple[StereotypePairSpec, ...]:
        if 0 < len(value) < _FEWEST_PAIRS:
            raise ValueError(
                f"a verdict needs at least {_FEWEST_PAIRS} pairs but there are {len(value)}; write more"
            )
        # A pair that stands twice would count as two observations.
        _without_repetition(tuple(pair.stereotype + " / " + pair.anti_stereotype for pair in value))
        return value

    @model_validator(mode="after")
    def _is_short(self) -> InheritedSpec:
        texts = [text for swap in self.term_swaps for text in (swap.name, *swap.terms, *swap.templates)]
        texts += [text for pair in self.stereotype_pairs for text in (pair.stereotype, pair.anti_stereotype)]
        if (total := sum(map(len, texts))) > _MOST_CHARACTERS:
            raise ValueError(
                f"all texts together may have {_MOST_CHARACTERS} characters but have {total}; leave some out"
            )
        return self


def _without_repetition(texts: tuple[str, ...]) -> tuple[str, ...]:
    seen: set[str] = set()
    for text in texts:
        if text in seen:
            raise ValueError(f"{text!r:.60} stands twice; write it once")
        seen.add(text)
    return texts
