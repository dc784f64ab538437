"""Texts: values and faithfulness of 100 evaluations against a long run and against shap's Text masker with 500."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from automl_tl.explain import explain
from automl_tl.explain.base import Explanation
from automl_tl.explain.game import Game
from automl_tl.explain.maskers.word_id import WordId
from automl_tl.explain.quality import relative_gap
from automl_tl.explain.question import Question, question_for
from automl_tl.explain.samplers.kernel import PairedKernel
from automl_tl.explain.subject import Subject as Ready
from automl_tl.finetune.fitted import FittedModel
from automl_tl.probe.precision import BFLOAT16, FLOAT32
from benchmarks.explain_models import Subject
from benchmarks.explain_speed import matrix_tiles

__all__ = ["text_lines"]

_OURS, _THEIRS, _LONG_RUN = 100, 500, 2_000
_FEWEST_WORDS = 4
_FIFTH = -1
"""As many evaluations as a fifth of those that shap made of the same text."""
_BUDGETS = ((_FIFTH, 25), (_OURS, 25), (None, 40))
"""Evaluations, None for the default, and the most words of a text; 100 are four for each of 25 words."""


def text_lines(subjects: Iterable[Subject]) -> Iterator[str]:
    """Yield the rows of the table."""
    yield "Ours with a fifth of the evaluations that shap makes of the same text (two for each word at least) and"
    yield f"with {_OURS} for texts of {_FEWEST_WORDS} to 25 words, and with its default (all coalitions of up"
    yield "to 10 words, else 12 for each word and at least 100) for up to 40, each time fewer when nothing changes"
    yield f"any more; shap's Text with {_THEIRS} at most, its tokens' values summed to words. Correlation: with"
    yield f"{_LONG_RUN} evaluations in float32, mean over texts, asked >= 0.99. Insertion minus deletion: words"
    yield "shown or hidden one by one, probability of the predicted class; difference ours minus theirs, paired,"
    yield "with its standard error, asked not below 0 at a CPU of <= 0.2: ours over theirs, one thread. Ours picks"
    yield f"its precision; this CPU has {matrix_tiles()}. Gap: the largest additivity gap, asked <= 1e-5 in"
    yield "float32, 1e-2 in bfloat16."
    yield ""
    yield (
        "| model and texts | n | words | evaluations | shap's | correlation | shap's | ins - del | shap's "
        "| difference | CPU | gap float32 | gap bfloat16 |"
    )
    yield "|---|---|---|---|---|---|---|---|---|---|---|---|---|"
    for subject in subjects:
        yield from _rows(subject)


@dataclass(frozen=True)
class _Text:
    """One text, values of a long run, and shap's values with their CPU seconds and evaluations."""

    text: str
    game: Game
    question: Question
    truth: NDArray[np.float64]
    theirs: NDArray[np.float64]
    seconds: float
    evaluations: int


def _rows(subject: Subject) -> Iterator[str]:
    ready, theirs = Ready(subject.model), _shap_explainer(subject.model)
    warm = str(subject.examples[0])
    explain(subject.model, [warm], max_evals=_OURS, check=False)
    theirs(warm, 0)
    most = max(words for _, words in _BUDGETS)
    texts = [_prepared(ready, text, theirs) for text in map(str, subject.examples) if _fits(ready, text, most)]
    for budget, words in _BUDGETS:
        chosen = [text for text in texts if text.game.n_features <= words]
        yield _row(subject.name, [_compare(ready, text, budget) for text in chosen])


def _fits(ready: Ready, text: str, most: int) -> bool:
    return _FEWEST_WORDS <= len(ready.model.backbone.word_spans(text)) <= most


def _prepared(ready: Ready, text: str, theirs: Callable[[str, int], tuple[Any, int]]) -> _Text:
    (masker,) = ready.maskers(text)
    assert isinstance(masker, WordId)
    game = ready.game((masker,), ready.networks, lambda: float("inf"))
    question = question_for(ready.model, game.ends()[1])
    output = question.indices[0]
    began = time.process_time()
    told, evaluations = theirs(text, output)
    seconds = time.process_time() - began
    reference = _long_run(game, output)
    return _Text(text, game, question, reference, _words_of(told, masker), seconds, evaluations)


def _long_run(game: Game, output: int) -> NDArray[np.float64]:
    """Return values of all evaluations of a long run: unlike an explanation it does not stop once it is stable."""
    sampler = PairedKernel(game.n_features, game.ends()[:, [output]], max_evals=_LONG_RUN, seed=12345)
    while (masks := sampler.ask()) is not None:
        sampler.tell(game(masks)[:, [output]])
    known = sampler.estimate()
    assert known is not None
    return known.values[:, 0]


def _row(name: str, found: list[tuple[tuple[float, ...], str]]) -> str:
    table = np.array([row for row, _ in found])
    mean = table.mean(axis=0)
    difference = table[:, 2] - table[:, 3]
    error = difference.std(ddof=1) / np.sqrt(len(difference))
    gaps = [_worst([row[6] for row, used in found if used == each]) for each in (FLOAT32, BFLOAT16)]
    cost = table[:, 4].sum() / table[:, 5].sum()
    return (
        f"| {name} | {len(found)} | {mean[7]:.0f} | {mean[8]:.0f} | {mean[9]:.0f} | {mean[0]:.4f} | {mean[1]:.4f} "
        f"| {mean[2]:.3f} | {mean[3]:.3f} | {difference.mean():+.4f} ± {error:.4f} | {cost:.3f} "
        f"| {' | '.join(gaps)} |"
    )


def _compare(ready: Ready, known: _Text, budget: int | None) -> tuple[tuple[float, ...], str]:
    """Return correlations of ours and theirs, insertion minus deletion and CPU seconds of both, gap and sizes."""
    # Fewer than two for each word would explain groups of words.
    fifth = max(known.evaluations // 5, 2 * known.game.n_features + 2)
    most = fifth if budget == _FIFTH else budget
    began = time.process_time()
    ours: Explanation = explain(ready.model, [known.text], max_evals=most, check=False).explained[0]
    seconds = time.process_time() - began
    mine = ours.values[:, 0]
    total = ours.base_values + ours.values.sum(axis=0)
    return (
        _correlation(mine, known.truth),
        _correlation(known.theirs, known.truth),
        _area(known.game, known.question, mine),
        _area(known.game, known.question, known.theirs),
        seconds,
        known.seconds,
        relative_gap(total, ours.model_outputs, ours.base_values, 1.0),
        float(known.game.n_features),
        float(ours.evaluations),
        float(known.evaluations),
    ), ours.precision


def _worst(gaps: list[float]) -> str:
    return f"{max(gaps):.0e}" if gaps else "-"


def _shap_explainer(model: FittedModel) -> Callable[[str, int], tuple[Any, int]]:
    """Return a function of text and output that runs shap's Text masker and counts the texts that it asks for."""
    import shap
    from transformers import PreTrainedTokenizerFast

    with tempfile.TemporaryDirectory() as folder:
        model.backbone.tokenizer.save(Path(folder))  # type: ignore[union-attr, operator]
        tokenizer = PreTrainedTokenizerFast.from_pretrained(folder, trust_remote_code=False)
    masker = shap.maskers.Text(tokenizer)

    def run(text: str, output: int) -> tuple[Any, int]:
        asked = 0

        def answer(texts: Any) -> Any:
            nonlocal asked
            asked += len(texts)
            return model.logits(list(texts))[:, [output]]

        explainer = shap.explainers.Partition(answer, masker)
        return explainer([text], max_evals=_THEIRS, batch_size=50, silent=True), asked

    return run


def _words_of(told: Any, masker: WordId) -> NDArray[np.float64]:
    """Return shap's token values summed to words, by where each token's text lies."""
    values = np.asarray(told.values[0])[:, 0]
    total = np.zeros(masker.n_features)
    place = 0
    for token, value in zip(told.data[0], values, strict=True):
        start = place
        place += len(token)
        middle = start + (len(token) - len(token.rstrip()) + len(token)) / 4 if token.strip() else start
        inside = [i for i, (low, high) in enumerate(masker.spans) if low <= middle < high]
        if inside:
            total[inside[0]] += value
    return total


def _area(game: Game, question: Question, values: NDArray[np.float64]) -> float:
    """Return insertion minus deletion, one word at a time."""
    n_features = len(values)
    rank = np.empty(n_features, dtype=np.int64)
    rank[np.argsort(-values, kind="stable")] = np.arange(n_features)
    inserted = rank[None] < np.arange(n_features + 1)[:, None]
    shown, hidden = np.split(question.answer(game(np.concatenate([inserted, ~inserted]))), 2)
    return float(np.trapezoid(shown - hidden) / n_features)


def _correlation(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    return float(np.corrcoef(one, other)[0, 1])
