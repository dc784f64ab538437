"""From test rows to explanations, within the time that is left."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from automl_tl.data.dataset import Example, TargetData
from automl_tl.data.modalities.base import modalities
from automl_tl.errors import DeadlineReached, InvalidInput
from automl_tl.explain.base import Explanation, Faithfulness
from automl_tl.explain.checks import check_evaluations, insertion_deletion
from automl_tl.explain.game import Game, MemoisedGame
from automl_tl.explain.image import PatchGame, preview_png
from automl_tl.explain.model import ExplainableModel
from automl_tl.explain.sampler import minimum_evaluations, needed_evaluations, shapley_values
from automl_tl.explain.text import WordGame

__all__ = ["Case", "cases_from", "explain_one", "explain_predictions"]

_TIMED = 14


@dataclass(frozen=True)
class Case:
    """One prediction to explain: dataset row, its stable id, the decoded input and the true class's name."""

    row: int
    row_id: str
    example: Example
    true_class: str


def cases_from(data: TargetData, rows: Sequence[int] | NDArray[np.int64]) -> tuple[Case, ...]:
    """Read these dataset rows as cases; raises DatasetError if one cannot be decoded."""
    indices = [int(row) for row in rows]
    examples = modalities.get(data.dataset.modality).read(data.dataset, indices)
    return tuple(
        Case(row, data.dataset.row_ids[row], example, _class_name(data.class_names, int(data.labels[row])))
        for row, example in zip(indices, examples, strict=True)
    )


def explain_predictions(
    model: ExplainableModel,
    cases: Sequence[Case],
    *,
    max_evals: int = 0,
    remaining: Callable[[], float] = lambda: float("inf"),
    seed: int = 0,
    batch_size: int = 64,
    check: bool = True,
    progress: Callable[[float, str], None] = lambda fraction, message: None,
) -> tuple[Explanation, ...]:
    """Explain the logits of the predicted class and of the runner-up, case by case.

    Parameters
    ----------
    max_evals
        Most coalitions per case; 0 takes :func:`~automl_tl.explain.sampler.needed_evaluations`.
    remaining
        Seconds left. Time is shared evenly over the cases that remain; when it is short a case gets fewer
        evaluations, an image coarser patches, and when not even that fits the function returns what is done.
    check
        Whether to add the insertion/deletion check.
    progress
        Hears (fraction done in [0, 1], message) before each case.
    """
    done: list[Explanation] = []
    for position, case in enumerate(cases):
        progress(position / len(cases), f"explaining {position + 1} of {len(cases)}")
        share = remaining() / (len(cases) - position)
        try:
            done.append(
                explain_one(
                    model,
                    case,
                    max_evals=max_evals,
                    seconds=share,
                    remaining=remaining,
                    seed=seed + position,
                    batch_size=batch_size,
                    check=check,
                )
            )
        except DeadlineReached:
            break
    return tuple(done)


def explain_one(
    model: ExplainableModel,
    case: Case,
    *,
    max_evals: int = 0,
    seconds: float = float("inf"),
    remaining: Callable[[], float] = lambda: float("inf"),
    seed: int = 0,
    batch_size: int = 64,
    check: bool = True,
) -> Explanation:
    """Explain one prediction in about ``seconds``; raises DeadlineReached if ``remaining`` runs out before."""
    game, method = _game(model, case.example)
    memo = MemoisedGame(game, batch_size=batch_size, remaining=remaining)
    per_evaluation = _seconds_per_evaluation(memo)
    affordable = seconds / per_evaluation
    if isinstance(game, PatchGame) and affordable < minimum_evaluations(game.n_features):
        game = game.at_most(int(affordable) // 2)
        memo = MemoisedGame(game, batch_size=batch_size, remaining=remaining)
    ends = memo(_ends(game.n_features))
    predicted, runner_up = _top_two(ends[1])
    evaluations = int(min(max_evals or needed_evaluations(game.n_features, method), affordable))
    if remaining() / per_evaluation < minimum_evaluations(game.n_features):
        raise DeadlineReached(f"{remaining():.1f} s are too few to explain row {case.row_id!r}")
    values = shapley_values(
        lambda masks: memo(masks)[:, [predicted, runner_up]],
        game.n_features,
        max_evals=evaluations,
        method=method,
        seed=seed,
    )
    left = affordable - memo.evaluations
    wanted = check and game.n_features > 1 and left >= check_evaluations(game.n_features)
    faithfulness = _faithfulness(memo, values[:, 0], predicted, seed) if wanted else None
    return Explanation(
        row=case.row,
        row_id=case.row_id,
        modality=model.modality,
        true_class=case.true_class,
        predicted_class=_class_name(model.class_names, predicted),
        runner_up_class=_class_name(model.class_names, runner_up),
        probability=float(_softmax(ends[1] / model.temperature)[predicted]),
        feature_names=game.feature_names,
        values=values,
        base_values=ends[0, [predicted, runner_up]],
        model_outputs=ends[1, [predicted, runner_up]],
        grid=game.grid,
        evaluations=memo.evaluations,
        baseline=game.baseline,
        preview_png=None if isinstance(case.example, str) else preview_png(case.example),
        faithfulness=faithfulness,
    )


def _game(model: ExplainableModel, example: Example) -> tuple[Game, str]:
    if isinstance(example, str):
        return WordGame(model, example), "kernel"
    if isinstance(example, np.ndarray):
        return PatchGame(model, example), "permutation"
    raise InvalidInput(f"can explain an image array or a text but got a {type(example).__name__}")


def _seconds_per_evaluation(memo: MemoisedGame) -> float:
    """Time a first useful batch: both ends and some coalitions that hide a single feature."""
    n_features = memo.game.n_features
    singles = ~np.eye(n_features, dtype=bool)[:_TIMED]
    started = time.perf_counter()
    memo(np.concatenate([_ends(n_features), singles]))
    return max((time.perf_counter() - started) / max(memo.evaluations, 1), 1e-9)


def _faithfulness(
    memo: MemoisedGame, contributions: NDArray[np.float64], predicted: int, seed: int
) -> Faithfulness | None:
    try:
        return insertion_deletion(memo, contributions, predicted, seed=seed)
    except DeadlineReached:
        return None


def _ends(n_features: int) -> NDArray[np.bool_]:
    return np.stack([np.zeros(n_features, dtype=bool), np.ones(n_features, dtype=bool)])


def _top_two(logits: NDArray[np.float64]) -> tuple[int, int]:
    order = np.argsort(-logits, kind="stable")
    return int(order[0]), int(order[min(1, len(order) - 1)])


def _softmax(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    shifted = np.exp(logits - logits.max())
    return shifted / shifted.sum()


def _class_name(names: Sequence[str], index: int) -> str:
    return names[index] if 0 <= index < len(names) else ""
