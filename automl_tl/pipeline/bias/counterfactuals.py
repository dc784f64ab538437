"""What one model is asked about inherited bias: its answers to swapped terms or light, its embedding of words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from automl_tl.errors import DeadlineReached
from automl_tl.explain.select import rows_in_turns
from automl_tl.fairness.findings import Inherited
from automl_tl.fairness.inherited import association_tests, photometric_changes, term_swap
from automl_tl.finetune.fitted import FittedModel
from automl_tl.pipeline.bias.bench import AuditBench

__all__ = ["NO_TIME", "ask_model", "untested"]

NO_TIME = "There was no time for this test; a longer budget makes room."

_PICTURES = 40
_TERM_SETS = ("identity", "names", "pronouns")


@dataclass(frozen=True)
class _Question:
    """One test that has yet to be made."""

    kind: str
    what: str
    ask: Callable[[], Inherited]


def ask_model(
    bench: AuditBench, model: FittedModel, state: str, rows: NDArray[np.int64], *, associations: bool = True
) -> tuple[Inherited, ...]:
    """Return the tests of one model, the job's own lists first; where time ends, the last row says so.

    Parameters
    ----------
    rows
        Dataset rows from which pictures are drawn with the job's seed, in turns over the true classes: the same
        for every model, and not those of the class that comes first in the file.
    associations
        Whether the embedding of a text model is tested, too.
    """
    found: list[Inherited] = []
    questions = _questions(bench, model, state, rows, associations)
    for place, question in enumerate(questions):
        try:
            bench.check_time()
            found.append(question.ask())
        except DeadlineReached:
            left = len(questions) - place - 1
            reason = f"{NO_TIME} {left} more tests share its fate." if left else NO_TIME
            return (*found, untested(question.kind, state, question.what, reason))
    return tuple(found)


def untested(kind: str, state: str, what: str, reason: str) -> Inherited:
    """Return the row of a test that was not made."""
    return Inherited(kind, state, what, None, None, None, 0, "insufficient_evidence", reason)


def _questions(
    bench: AuditBench, model: FittedModel, state: str, rows: NDArray[np.int64], associations: bool
) -> list[_Question]:
    if model.modality == "text":
        own = bench.inherited.term_swaps
        family = len(own) + len(_TERM_SETS)
        swaps = [_swap(bench, model, state, e.terms, e.templates, e.name, family=family) for e in own]
        swaps += [_swap(bench, model, state, name, (), name, family=family) for name in _TERM_SETS]
        embedding = _Question(
            "embedding_association",
            "association tests",
            lambda: association_tests(model.embed, model=state, seed=bench.seed),
        )
        return [*swaps, *([embedding] if associations else ())]
    if model.modality == "image":
        return [_Question("photometric", "pictures", lambda: _photometric(bench, model, state, rows))]
    return []


def _swap(
    bench: AuditBench,
    model: FittedModel,
    state: str,
    terms: tuple[str, ...] | str,
    templates: tuple[str, ...],
    name: str,
    *,
    family: int,
) -> _Question:
    def ask() -> Inherited:
        return term_swap(
            bench.timed(model),
            model.class_names,
            terms=terms,
            templates=templates or None,
            name=name,
            favourable=bench.favourable,
            model=state,
            reading=bench.reading(model),
            family=family,
            seed=bench.seed,
        )

    return _Question("term_swap", name, ask)


def _photometric(bench: AuditBench, model: FittedModel, state: str, rows: NDArray[np.int64]) -> Inherited:
    drawn = np.sort(rows_in_turns(rows, bench.target.labels[rows], _PICTURES, bench.seed))
    pictures = [np.asarray(image) for image in bench.inputs(drawn)]
    return photometric_changes(bench.timed(model), pictures, model=state, reading=bench.reading(model))
