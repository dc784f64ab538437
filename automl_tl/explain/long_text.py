"""Long texts by sentence first: then the words of the sentences that matter, among whole sentences that do not."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from automl_tl.explain.game import Game
from automl_tl.explain.maskers.sentences import Span, merged, sentences_of, words_within
from automl_tl.explain.maskers.word_id import WordId
from automl_tl.explain.question import Question
from automl_tl.explain.samplers.choose import choose_sampler, minimum_evaluations, most_features
from automl_tl.explain.samplers.run import run_sampler
from automl_tl.explain.subject import Subject

__all__ = ["LONG", "choose_spans"]

LONG = 64
"""From this many words on a text is looked at by sentence first."""

_WORDS = 40
_MOST_SENTENCES = 24
_SENTENCE_SHARE = 0.3


def choose_spans(
    subject: Subject, masker: WordId, game: Game, question: Question, budget: int, seed: int
) -> Sequence[Span] | None:
    """Return the features of a text that is too long for one feature per word in ``budget`` evaluations.

    The sentences' own Shapley values, from a share of the budget, say which of them are taken apart. None if the
    text is short enough as it is. What ``game`` evaluated is spent, and of no use to others.
    """
    if masker.n_features < LONG and minimum_evaluations(masker.n_features) <= budget:
        return None
    budget -= game.evaluations
    sentences = merged(sentences_of(masker.text, masker.spans), _MOST_SENTENCES)
    first = max(int(_SENTENCE_SHARE * budget), minimum_evaluations(len(sentences)))
    room = min(_WORDS, (budget - first) // 2 - 1 - len(sentences))
    if len(sentences) < 2 or room < 1:
        return merged(masker.spans, most_features(budget))
    by_sentence = masker.with_features(sentences)
    whole = tuple(
        by_sentence if member is masker else member.with_features(sentences)
        for member, _ in game.players
        if isinstance(member, WordId)
    )
    coarse = subject.game(whole, tuple(network for _, network in game.players), game.remaining)
    sampler = choose_sampler(coarse, question.indices, max_evals=first, seed=seed)
    estimate = run_sampler(coarse, sampler, question.indices)
    game.evaluations += coarse.evaluations
    if estimate is None:
        return sentences
    strength = np.abs(estimate.values[:, :2]).max(axis=1)
    return _taken_apart(masker.spans, sentences, np.argsort(-strength, kind="stable").tolist(), room)


def _taken_apart(words: Sequence[Span], sentences: Sequence[Span], order: Sequence[int], room: int) -> list[Span]:
    """Return sentences in order, the first few of ``order`` as their words, as far as ``room`` for words goes."""
    apart: set[int] = set()
    for place in order:
        inside = words_within(words, sentences[place])
        if len(inside) > room:
            break
        room -= len(inside)
        apart.add(place)
    found: list[Span] = []
    for place, sentence in enumerate(sentences):
        found += words_within(words, sentence) if place in apart else [sentence]
    return found
