"""Swap who is meant and nothing else: does the answer change?

Counterfactual evaluation of texts, as in Garg et al., Counterfactual Fairness in Text Classification (AIES 2019),
and Dixon et al., Measuring and Mitigating Unintended Bias in Text Classification (AIES 2018).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from automl_tl.errors import InvalidInput
from automl_tl.fairness.bounds import holm, wilson_bounds
from automl_tl.fairness.findings import Inherited, InheritedRow
from automl_tl.fairness.inherited.terms import SHIPPED, TERMS

__all__ = ["fill", "templates_of_texts", "term_swap"]

Predict = Callable[[Sequence[str]], Any]

_FEWEST_TEMPLATES = 6
"""With 6 sentences the smallest signed-rank p-value is 0.03."""
_MOST_TEXTS = 200
_FORMS = ("subject", "object", "possessive")


def term_swap(
    predict_proba: Predict,
    class_names: Sequence[str],
    *,
    terms: Sequence[str] | str = "identity",
    templates: Sequence[str] | None = None,
    favourable: str = "",
    model: str = "",
    tolerance: float = 0.05,
    alpha: float = 0.05,
) -> Inherited:
    """Fill every sentence with every term and compare the model's answers sentence by sentence.

    A term is a violation if it moves the probability of the favourable class by more than ``tolerance`` on
    average, in the same direction over sentences (Wilcoxon's signed ranks, Holm over terms): any model moves a
    little.

    Parameters
    ----------
    predict_proba
        Texts -> probabilities (N, C).
    terms
        Terms, or the name of a shipped set: ``names``, ``pronouns`` or ``identity``. Forms of one term are
        separated by ``|`` and fill ``{subject}``, ``{object}`` and ``{possessive}``.
    templates
        Sentences with ``{term}`` (or the forms); None takes those shipped for the set.
    favourable
        Class whose probability is followed; "" takes the last.
    model
        Whose answers these are, for the report.
    """
    chosen, sentences, what = _lists(terms, templates)
    place = _place(class_names, favourable)
    texts = [fill(sentence, term) for sentence in sentences for term in chosen]
    chances = np.asarray(predict_proba(texts), dtype=np.float64)
    table = chances.reshape(len(sentences), len(chosen), -1)
    answers = table.argmax(axis=2)
    usual = np.array([np.bincount(row).argmax() for row in answers])
    flipped = answers != usual[:, None]
    moved = table[:, :, place] - table[:, :, place].mean(axis=1, keepdims=True)
    p_values = [_signed_rank(column) for column in moved.T]
    adjusted = holm(p_values)
    rows = tuple(
        _row(term, moved[:, k], int(flipped[:, k].sum()), p_values[k], adjusted[k], (tolerance, alpha))
        for k, term in enumerate(chosen)
    )
    return _summed(rows, flipped, class_names[place], model, what, (tolerance, alpha))


def fill(sentence: str, term: str) -> str:
    """Return the sentence with a term in place of ``{term}``, or its forms in place of theirs."""
    forms = term.split("|")
    text = sentence.replace("{term}", forms[0])
    for name, form in zip(_FORMS, forms + forms[:1] * 3, strict=False):
        text = text.replace("{" + name + "}", form)
    # "an" before a vowel is what a writer would put; a wrong article is another text, not another person.
    text = re.sub(r"\b([Aa]) (?=[AEIOUaeiou])(?!(?:[Ee]uro|[Uu]n[ai]))", r"\1n ", text)
    return text[:1].upper() + text[1:]


def templates_of_texts(texts: Sequence[str], terms: Sequence[str], *, most: int = _MOST_TEXTS) -> tuple[str, ...]:
    """Return real texts that hold one of the terms, as sentences with ``{term}`` in its place, for own term lists.

    A text that holds several of the terms is left out: which of them to swap would be a guess.
    """
    pattern = re.compile(r"\b(" + "|".join(sorted(map(re.escape, terms), key=len, reverse=True)) + r")\b", re.I)
    found: list[str] = []
    for text in texts:
        if len(found) < most and len(pattern.findall(text)) == 1 and "{" not in text:
            found.append(pattern.sub("{term}", text))
    return tuple(found)


def _lists(terms: Sequence[str] | str, templates: Sequence[str] | None) -> tuple[list[str], list[str], str]:
    if isinstance(terms, str):
        if terms not in TERMS:
            known = ", ".join(TERMS)
            raise InvalidInput(f"terms must be a list, or one of {known}, but is {terms!r}", field="terms")
        chosen, sentences, what = TERMS[terms], templates or SHIPPED[terms], terms
    else:
        chosen, sentences, what = tuple(terms), templates or SHIPPED["identity"], "own terms"
    if len(set(chosen)) < 2:
        raise InvalidInput(
            f"terms must hold at least two different ones but hold {len(set(chosen))}", field="terms"
        )
    slots = ("{term}", *("{" + name + "}" for name in _FORMS))
    lacking = next((s for s in sentences if not any(slot in s for slot in slots)), None)
    if lacking is not None:
        raise InvalidInput(f"templates: {lacking!r:.80} has no {{term}} to fill", field="templates")
    return list(dict.fromkeys(chosen)), list(sentences), what


def _place(class_names: Sequence[str], favourable: str) -> int:
    if favourable and favourable not in class_names:
        raise InvalidInput(
            f"favourable must be one of {', '.join(class_names)} but got {favourable!r}", field="favourable"
        )
    return list(class_names).index(favourable) if favourable else len(class_names) - 1


def _signed_rank(moves: NDArray[np.float64]) -> float | None:
    from scipy.stats import wilcoxon

    if len(moves) < _FEWEST_TEMPLATES:
        return None
    if np.abs(moves).max() < 1e-9:
        return 1.0
    return float(wilcoxon(moves, zero_method="zsplit", method="exact" if len(moves) <= 50 else "approx").pvalue)


def _row(
    term: str,
    moves: NDArray[np.float64],
    flips: int,
    p_value: float | None,
    adjusted: float | None,
    limits: tuple[float, float],
) -> InheritedRow:
    mean, count = float(moves.mean()), len(moves)
    half = 1.96 * float(moves.std(ddof=1)) / count**0.5 if count > 1 else 0.0
    verdict = "insufficient_evidence" if adjusted is None else "no_evidence_of_violation"
    if adjusted is not None and adjusted <= limits[1] and abs(mean) > limits[0]:
        verdict = "violation"
    note = f"answer changed in {flips} of {count} sentences" if flips else ""
    name = term.split("|")[0]
    return InheritedRow(name, mean, count, mean - half, mean + half, p_value, adjusted, verdict, note)


def _summed(
    rows: tuple[InheritedRow, ...],
    flipped: NDArray[np.bool_],
    followed: str,
    model: str,
    what: str,
    limits: tuple[float, float],
) -> Inherited:
    flips, count = int(flipped.sum()), flipped.size
    low, high = (float(bound) for bound in wilson_bounds(flips, count))
    bad = sorted((row for row in rows if row.verdict == "violation"), key=lambda row: -abs(row.value or 0.0))
    verdict = "violation" if bad else rows[0].verdict
    start = f"{flips} of {count} answers change with the term alone ({what}, {len(flipped)} sentences)."
    if bad:
        named = ", ".join(f"“{row.name}” ({100 * (row.value or 0.0):+.0f} points)" for row in bad[:4])
        text = f"{start} The probability of “{followed}” moves systematically with {named}."
    elif verdict == "no_evidence_of_violation":
        text = f"{start} No term moves the probability of “{followed}” by more than {100 * limits[0]:.0f} points."
    else:
        text = f"{start} A verdict needs at least {_FEWEST_TEMPLATES} sentences."
    return Inherited("term_swap", model, what, flips / count, low, high, count, verdict, text, rows=rows)
