"""Swap who is meant and nothing else: does the answer change?

Counterfactual evaluation of texts, as in Garg et al., Counterfactual Fairness in Text Classification (AIES 2019),
and Dixon et al., Measuring and Mitigating Unintended Bias in Text Classification (AIES 2018).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from math import ceil, log
from typing import Any

import numpy as np
from numpy.typing import NDArray

from automl_tl.errors import InvalidInput
from automl_tl.fairness.bounds import clustered_bounds
from automl_tl.fairness.findings import Inherited, InheritedRow
from automl_tl.fairness.inherited.reading import CLASSES, Reading
from automl_tl.fairness.inherited.terms import SHIPPED, TERMS
from automl_tl.fairness.metrics import student_quantile

__all__ = ["fill", "templates_of_texts", "term_swap"]

Predict = Callable[[Sequence[str]], Any]

_FEWEST_TEMPLATES = 6
_MOST_TEXTS = 200
_MOST_CLASSES = 5
_SHUFFLES = 1999
_NOTHING = 1e-9
_FORMS = ("subject", "object", "possessive")
_STARTS_WITH_A_VOWEL = re.compile(
    r"(?!eu|ukr|ugand|urugu|uni(?![dmn])|us[aeu]|us\b|one\b|once)[aeiou]|hour|honest|honou?r|heir", re.I
)
"""By its sound, as far as spelling tells: an hour, a European, a unique one, an uninsured one."""


def term_swap(
    predict_proba: Predict,
    class_names: Sequence[str],
    *,
    terms: Sequence[str] | str = "identity",
    templates: Sequence[str] | None = None,
    name: str = "",
    favourable: str = "",
    model: str = "",
    reading: Reading = CLASSES,
    tolerance: float | None = None,
    alpha: float = 0.05,
    family: int = 1,
    seed: int = 0,
) -> Inherited:
    """Fill every sentence with every term and compare the model's answers sentence by sentence.

    A term is a violation if it moves the probability of a class or label that is followed, or the predicted
    number, by more than ``tolerance`` on average, and more than when the terms of every sentence are dealt out
    anew (corrected for all terms and classes, and for the other lists of ``family``): any model moves a little.
    The interval of the share of changed answers takes sentences, and not sentences times terms, for independent.

    Parameters
    ----------
    predict_proba
        Texts -> answers (N, C): probabilities, or numbers (N, 1).
    terms
        Terms, or the name of a shipped set: ``names``, ``pronouns`` or ``identity``. Forms of one term are
        separated by ``|`` and fill ``{subject}``, ``{object}`` and ``{possessive}``.
    templates
        Sentences with ``{term}`` (or the forms); None takes those shipped for the set.
    name
        What the report calls own terms.
    favourable
        Class whose probability is followed; "" takes the last of two. Of more classes, and of labels, up to five
        are followed: those that the sentences are most of all answered with.
    model
        Whose answers these are, for the report.
    reading
        How answers of the model's task are read.
    tolerance
        In the unit of the reading; None takes its own.
    alpha
        Chance, in (0, 1), of a violation in any of the lists of a model to which it does not matter who is meant.
    family
        How many lists the model is asked about, this one included; p-values are corrected for all of them.
    seed
        Of the shuffles.
    """
    chosen, sentences, what = _lists(terms, templates, name)
    limits = (reading.tolerance if tolerance is None else tolerance, alpha)
    texts = [fill(sentence, term) for sentence in sentences for term in chosen]
    table = reading.scaled(np.asarray(predict_proba(texts))).reshape(len(sentences), len(chosen), -1)
    answers = reading.decided(table)
    flipped = reading.changed(answers, reading.usual(answers))
    places = _places(class_names, favourable, answers, table, reading)
    moved = (table - table.mean(axis=1, keepdims=True))[:, :, places]
    fewest = _fewest_sentences(len(chosen), alpha / family)
    alone, together = _tested(moved, seed) if len(sentences) >= fewest else (None, None)
    rows, followed = [], []
    for k, term in enumerate(chosen):
        c = int(np.abs(moved[:, k].mean(axis=0)).argmax())
        of = class_names[places[c]]
        p_value = None if alone is None else float(alone[k, c])
        adjusted = None if together is None else min(1.0, family * float(together[k, c]))
        row = _row(term, moved[:, k, c], int(flipped[:, k].sum()), p_value, adjusted, limits)
        rows.append(row if len(places) == 1 else replace(row, note="; ".join(filter(None, (of, row.note)))))
        followed.append(of)
    return _summed(tuple(rows), followed, flipped, model, what, limits[0], reading, fewest)


def fill(sentence: str, term: str) -> str:
    """Return the sentence with a term in place of ``{term}``, or its forms in place of theirs."""
    forms = term.split("|")
    text = sentence
    for name, form in (("term", forms[0]), *zip(_FORMS, forms + forms[:1] * 3, strict=False)):
        slot = "{" + name + "}"
        # A wrong article is another text, not another person; one that is not before the slot is the writer's own.
        article = r"\g<1>n " if _STARTS_WITH_A_VOWEL.match(form) else r"\g<1> "
        text = re.sub(r"\b([Aa])n? (?=" + re.escape(slot) + ")", article, text).replace(slot, form)
    return text[:1].upper() + text[1:]


def templates_of_texts(
    texts: Sequence[str], terms: Sequence[str], *, most: int = _MOST_TEXTS, seed: int = 0
) -> tuple[str, ...]:
    """Return real texts that hold one of the terms, as sentences with ``{term}`` in its place, for own term lists.

    A text that holds several of the terms is left out: which of them to swap would be a guess. Of more than
    ``most`` some are drawn at random with ``seed``, since the first ones of a file may all be of one class.
    """
    pattern = re.compile(r"\b(" + "|".join(sorted(map(re.escape, terms), key=len, reverse=True)) + r")\b", re.I)
    usable = [text for text in texts if "{" not in text and len(pattern.findall(text)) == 1]
    chosen = sorted(np.random.default_rng(seed).permutation(len(usable))[:most].tolist())
    return tuple(pattern.sub("{term}", usable[place]) for place in chosen)


def _lists(
    terms: Sequence[str] | str, templates: Sequence[str] | None, name: str
) -> tuple[list[str], list[str], str]:
    if isinstance(terms, str):
        if terms not in TERMS:
            known = ", ".join(TERMS)
            raise InvalidInput(f"terms must be a list, or one of {known}, but is {terms!r}", field="terms")
        chosen, sentences, what = TERMS[terms], templates or SHIPPED[terms], terms
    else:
        chosen, sentences, what = tuple(terms), templates or SHIPPED["identity"], name or "own terms"
    if len(set(chosen)) < 2:
        raise InvalidInput(
            f"terms must hold at least two different ones but hold {len(set(chosen))}", field="terms"
        )
    slots = ("{term}", *("{" + name + "}" for name in _FORMS))
    lacking = next((s for s in sentences if not any(slot in s for slot in slots)), None)
    if lacking is not None:
        raise InvalidInput(f"templates: {lacking!r:.80} has no {{term}} to fill", field="templates")
    return list(dict.fromkeys(chosen)), list(sentences), what


def _places(
    class_names: Sequence[str],
    favourable: str,
    answers: NDArray[np.generic],
    table: NDArray[np.float64],
    reading: Reading,
) -> list[int]:
    """Return the classes whose probabilities are followed; chosen without a look at what single terms do."""
    if favourable and favourable not in class_names:
        raise InvalidInput(
            f"favourable must be one of {', '.join(class_names)} but got {favourable!r}", field="favourable"
        )
    if favourable:
        return [list(class_names).index(favourable)]
    if len(class_names) == 1 or (len(class_names) == 2 and reading.task == "classification"):
        return [len(class_names) - 1]
    decided = answers.astype(np.int64).reshape(-1, answers.shape[-1])
    several = reading.task == "multilabel"
    given = decided.sum(axis=0) if several else np.bincount(decided[:, 0], minlength=len(class_names))
    return sorted(np.lexsort((-table.mean(axis=(0, 1)), -given))[:_MOST_CLASSES].tolist())


def _fewest_sentences(terms: int, alpha: float) -> int:
    """Return from how many sentences on a p-value can be below ``alpha``.

    T terms of S sentences can be dealt out in T!^S ways. If one of them moves all sentences more than any other,
    it does so in 1 of T of the ways of each sentence, and so may every other term: no p-value is below T^(1 - S).
    """
    return max(_FEWEST_TEMPLATES, 1 + ceil(log(1 / alpha) / log(terms)))


def _tested(moved: NDArray[np.float64], seed: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return p-values (T, C) of every term and class, alone and corrected for all of them.

    If it does not matter who is meant, the terms of a sentence could as well have been dealt out in another order,
    whatever the answers are distributed like: Westfall and Young's single-step maximum over shuffles within
    sentences (Resampling-Based Multiple Testing, 1993, section 2.3). A signed-rank test would take skewness of
    probabilities for a move: it blamed 15 of 40 models that answer at random.
    """
    spread = moved.std(axis=(0, 1))
    scaled = moved / np.where(spread > _NOTHING, spread, np.inf)
    own = np.abs(scaled.mean(axis=0))
    rng = np.random.default_rng(seed)
    alone, together = np.ones(own.shape), np.ones(own.shape)
    for _ in range(_SHUFFLES):
        order = rng.random(moved.shape[:2]).argsort(axis=1)
        dealt = np.abs(np.take_along_axis(scaled, order[:, :, None], axis=1).mean(axis=0))
        alone += dealt >= own - _NOTHING
        together += dealt.max() >= own - _NOTHING
    return alone / (1 + _SHUFFLES), together / (1 + _SHUFFLES)


def _row(
    term: str,
    moves: NDArray[np.float64],
    flips: int,
    p_value: float | None,
    adjusted: float | None,
    limits: tuple[float, float],
) -> InheritedRow:
    mean, count = float(moves.mean()), len(moves)
    low = high = None
    if count > 1:
        half = student_quantile(0.975, count - 1) * float(moves.std(ddof=1)) / count**0.5
        low, high = mean - half, mean + half
    verdict = "insufficient_evidence" if adjusted is None else "no_evidence_of_violation"
    if adjusted is not None and adjusted <= limits[1] and abs(mean) > limits[0]:
        verdict = "violation"
    note = f"answer changed in {flips} of {count} sentences" if flips else ""
    name = term.split("|")[0]
    return InheritedRow(name, mean, count, low, high, p_value, adjusted, verdict, note)


def _summed(
    rows: tuple[InheritedRow, ...],
    followed: Sequence[str],
    flipped: NDArray[np.bool_],
    model: str,
    what: str,
    tolerance: float,
    reading: Reading,
    fewest: int,
) -> Inherited:
    flips, count = int(flipped.sum()), flipped.size
    low, high = clustered_bounds(flipped)
    found = [pair for pair in zip(rows, followed, strict=True) if pair[0].verdict == "violation"]
    bad = sorted(found, key=lambda pair: -abs(pair[0].value or 0.0))
    names = list(dict.fromkeys(followed))
    moving = _moving(names, reading)
    verdict = "violation" if bad else rows[0].verdict
    start = f"{flips} of {count} answers change with the term alone ({what}, {len(flipped)} sentences)."
    if bad:
        which = [f" of “{name}”" if len(names) > 1 else "" for _, name in bad[:4]]
        named = ", ".join(
            f"“{row.name}” ({reading.words(row.value or 0.0, signed=True)}{which[place]})"
            for place, (row, _) in enumerate(bad[:4])
        )
        text = f"{start} {moving[:1].upper()}{moving[1:]} moves systematically with {named}."
    elif verdict == "no_evidence_of_violation" and (most := _largest(rows)) > tolerance:
        text = (
            f"{start} Moves of {moving} by up to {reading.words(most, places=1)} were seen, which chance could "
            "explain; more sentences would tell."
        )
    elif verdict == "no_evidence_of_violation":
        text = f"{start} No term moves {moving} by more than {reading.words(tolerance)}."
    else:
        text = f"{start} A verdict needs at least {fewest} sentences."
    shares = tuple(flipped.mean(axis=1).round(4).tolist())
    return Inherited(
        "term_swap", model, what, flips / count, low, high, count, verdict, text, rows=rows, shares=shares
    )


def _largest(rows: Sequence[InheritedRow]) -> float:
    return max(abs(row.value or 0.0) for row in rows)


def _moving(names: Sequence[str], reading: Reading) -> str:
    if reading.task == "regression":
        return f"the predicted “{names[0]}”"
    kind = "label" if reading.task == "multilabel" else "class"
    return f"the probability of “{names[0]}”" if len(names) == 1 else f"the probability of a {kind}"
