"""What a model answered, in the one form that all rates are counted from: a column of yes and no per class."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from automl_tl.errors import InvalidInput

__all__ = ["MOST_CLASSES", "Answers", "is_missing", "read_answers"]

MOST_CLASSES = 20
_TASKS = ("classification", "multilabel", "regression")


@dataclass(frozen=True)
class Answers:
    """N answers of a model, each with the truth.

    Attributes
    ----------
    kept
        int64 (N,): which of the given rows they are; rows without a true label are left out.
    names
        The L classes that are looked at, in column order.
    truth, said
        bool (N, L): is the row of this class, and does the model say so. Empty for regression.
    right
        bool (N,): whether the answer is right, in all its labels.
    error
        float64 (N,): prediction minus truth for regression, else None.
    means
        Further figures of single rows by name, float64 (N,) each, whose group means are compared.
    favourable
        The class whose selection is the good outcome, or ""; ``named`` says whether a person said so.
    """

    task: str
    kept: NDArray[np.int64]
    names: tuple[str, ...]
    truth: NDArray[np.bool_]
    said: NDArray[np.bool_]
    right: NDArray[np.bool_]
    error: NDArray[np.float64] | None = None
    means: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)
    favourable: str = ""
    named: bool = False
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.kept)


def read_answers(
    y_true: Any,
    y_pred: Any,
    *,
    y_score: Any = None,
    class_names: Sequence[str] | None = None,
    favourable: Any = None,
    task: str = "",
) -> Answers:
    """Read labels of any kind; see :func:`automl_tl.fairness.audit.audit` for what is accepted."""
    true, pred = _column(y_true), _column(y_pred)
    _check_length(pred, len(true), "y_pred")
    if y_score is not None and np.ndim(y_score):
        _check_length(y_score, len(true), "y_score")
    kind = task or _task_of(true, pred)
    if kind not in _TASKS:
        raise InvalidInput(f"task must be one of {', '.join(_TASKS)} but got {task!r}", field="task")
    known = np.array([not is_missing(value) for value in true], dtype=bool)
    kept = np.flatnonzero(known)
    notes = () if known.all() else (f"{(~known).sum()} rows without a true label are left out",)
    if kind == "regression":
        return _regression(true, pred, kept, notes)
    if kind == "multilabel":
        return _multilabel(true, pred, kept, class_names, favourable, notes)
    return _classes(true, pred, kept, y_score, class_names, favourable, notes)


def _classes(
    true: list[Any],
    pred: list[Any],
    kept: NDArray[np.int64],
    y_score: Any,
    class_names: Sequence[str] | None,
    favourable: Any,
    notes: tuple[str, ...],
) -> Answers:
    labels, names = _class_list([true[row] for row in kept], [pred[row] for row in kept], class_names)
    truth = _encode([true[row] for row in kept], labels, "y_true")
    said = _encode([pred[row] for row in kept], labels, "y_pred")
    good = _favourable(names, labels, favourable)
    shown = list(range(len(names)))
    if len(names) > MOST_CLASSES:
        shown = _most_frequent(np.bincount(truth, minlength=len(names)), names, good)
        notes += (f"rates per class are given for the {MOST_CLASSES} most frequent of {len(names)} classes",)
    if len(names) == 2:
        shown = [names.index(good)]  # the other class's rates are these, seen from the other side
    columns = np.array(shown, dtype=np.int64)
    alone = len(names) < 2 and class_names is None
    if y_score is not None and alone:
        notes += ("scores are not compared: only one class is known, name all of them in class_names",)
    means = {} if y_score is None or alone else _score_means(y_score, kept, truth, said, names, good)
    return Answers(
        task="classification",
        kept=kept,
        names=tuple(names[index] for index in shown),
        truth=truth[:, None] == columns,
        said=said[:, None] == columns,
        right=truth == said,
        means=means,
        favourable=good,
        named=favourable not in (None, ""),
        notes=notes,
    )


def _score_means(
    y_score: Any,
    kept: NDArray[np.int64],
    truth: NDArray[np.int64],
    said: NDArray[np.int64],
    names: tuple[str, ...],
    favourable: str,
) -> dict[str, NDArray[np.float64]]:
    scores = np.asarray(y_score, dtype=np.float64)
    if scores.ndim == 1 and len(names) == 2:
        good = names.index(favourable)
        scores = np.stack([scores, 1 - scores] if good == 0 else [1 - scores, scores], axis=1)
    wanted = f"(rows,) or (rows, {len(names)})" if len(names) == 2 else f"(rows, {len(names)})"
    if scores.ndim != 2 or scores.shape[1] != len(names):
        raise InvalidInput(f"y_score must have the shape {wanted} but has {np.shape(y_score)}", field="y_score")
    if not np.isfinite(scores).all() or scores.min(initial=0) < -1e-6 or scores.max(initial=0) > 1 + 1e-6:
        raise InvalidInput(
            "y_score must hold probabilities in [0, 1]; turn logits into them first", field="y_score"
        )
    chances = scores[kept]
    hot = truth[:, None] == np.arange(len(names))
    means = {"brier_score": ((chances - hot) ** 2).sum(axis=1) / (2 if len(names) == 2 else 1)}
    if favourable and len(names) == 2:
        good = names.index(favourable)
        means[f"calibration_gap[{favourable}]"] = chances[:, good] - hot[:, good]
    else:
        means["overconfidence"] = chances.max(axis=1) - (truth == said)
    return means


def _most_frequent(counts: NDArray[np.int64], names: tuple[str, ...], favourable: str) -> list[int]:
    """Return the positions of the classes that are shown: the favourable one is, however rare it may be."""
    chosen = np.argsort(-counts, kind="stable")[:MOST_CLASSES].tolist()
    if favourable and names.index(favourable) not in chosen:
        chosen[-1] = names.index(favourable)
    return sorted(chosen)


def _multilabel(
    true: list[Any],
    pred: list[Any],
    kept: NDArray[np.int64],
    class_names: Sequence[str] | None,
    favourable: Any,
    notes: tuple[str, ...],
) -> Answers:
    truth = _indicators([true[row] for row in kept], "y_true")
    said = _indicators([pred[row] for row in kept], "y_pred")
    if truth.shape != said.shape:
        raise InvalidInput(f"y_pred must have the shape {truth.shape} but has {said.shape}", field="y_pred")
    names = tuple(class_names or (f"label {index}" for index in range(truth.shape[1])))
    if len(names) != truth.shape[1]:
        raise InvalidInput(
            f"class_names must name {truth.shape[1]} labels but has {len(names)}", field="class_names"
        )
    good = "" if favourable is None else str(favourable)
    if good and good not in names:
        raise InvalidInput(f"favourable must be one of {', '.join(names)} but got {good!r}", field="favourable")
    right = (truth == said).all(axis=1) if len(truth) else np.zeros(0, dtype=bool)
    shown = list(range(len(names)))
    if len(names) > MOST_CLASSES:
        shown = _most_frequent(truth.sum(axis=0), names, good)
        notes += (f"rates per label are given for the {MOST_CLASSES} most frequent of {len(names)} labels",)
    return Answers(
        task="multilabel",
        kept=kept,
        names=tuple(names[index] for index in shown),
        truth=truth[:, shown],
        said=said[:, shown],
        right=right,
        means={"hamming_loss": (truth != said).mean(axis=1)} if len(truth) and len(names) else {},
        favourable=good,
        named=bool(good),
        notes=notes,
    )


def _regression(true: list[Any], pred: list[Any], kept: NDArray[np.int64], notes: tuple[str, ...]) -> Answers:
    try:
        columns = [_floats([column[row] for row in kept]) for column in (true, pred)]
    except (TypeError, ValueError):
        raise InvalidInput("y_true and y_pred of a regression must be numbers", field="y_true") from None
    usable = np.isfinite(columns[0]) & np.isfinite(columns[1])
    if not usable.all():
        notes += (f"{(~usable).sum()} rows without a finite prediction are left out",)
    error = (columns[1] - columns[0])[usable]
    empty = np.zeros((len(error), 0), dtype=bool)
    means = {"mean_absolute_error": np.abs(error), "mean_error": error}
    right = np.ones(len(error), dtype=bool)
    return Answers("regression", kept[usable], (), empty, empty, right, error, means, notes=notes)


def _floats(values: list[Any]) -> NDArray[np.float64]:
    return np.array([math.nan if is_missing(value) else value for value in values], dtype=np.float64)


def _check_length(values: Any, rows: int, field_name: str) -> None:
    if len(values) != rows:
        raise InvalidInput(
            f"{field_name} must be as long as y_true ({rows}) but has {len(values)}", field=field_name
        )


def _column(values: Any) -> list[Any]:
    """Return a list of scalars, or of rows where the values have two dimensions with more than one column."""
    array = np.asarray(values, dtype=None if hasattr(values, "dtype") else object)
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim not in (1, 2):
        raise InvalidInput(f"labels must have one or two dimensions but have {array.ndim}", field="y_true")
    return list(array.tolist())


def _task_of(true: list[Any], pred: list[Any]) -> str:
    if any(isinstance(value, list | tuple) for value in (*true[:1], *pred[:1])):
        return "multilabel"
    fractional = [_fractional(true), _fractional(pred)]
    if not any(fractional):
        return "classification"
    distinct = {value for value in true if not is_missing(value)}
    if any(isinstance(value, str) for value in distinct) or (not fractional[0] and len(distinct) <= 2):
        raise InvalidInput(
            "y_pred must hold classes like y_true but holds fractions; pass probabilities as y_score and the "
            "classes they lead to as y_pred",
            field="y_pred",
        )
    return "regression"


def _fractional(values: list[Any]) -> bool:
    return any(isinstance(v, float) and not math.isnan(v) and not v.is_integer() for v in values)


def is_missing(value: Any) -> bool:
    """Return whether a cell is None, NaN, or another value that does not equal itself, such as pandas.NA."""
    try:
        return value is None or bool(value != value)
    except TypeError:
        return True  # pandas.NA answers no comparison
    except ValueError:
        return False  # an array answers one for each element


def _indicators(rows: list[Any], field_name: str) -> NDArray[np.bool_]:
    try:
        array = np.array(rows, dtype=np.float64).reshape(len(rows), -1)
    except (TypeError, ValueError):
        raise InvalidInput(
            f"{field_name} must be a table of 0 and 1, one column per label", field=field_name
        ) from None
    if not np.isin(array, (0.0, 1.0)).all():
        raise InvalidInput(f"{field_name} must hold only 0 and 1, one column per label", field=field_name)
    return array.astype(bool)


def _class_list(
    true: list[Any], pred: list[Any], class_names: Sequence[str] | None
) -> tuple[dict[Any, int], tuple[str, ...]]:
    """Return the position of each label and the names in order; names or their indices are understood."""
    if class_names is None:
        labels = sorted({*true, *(label for label in pred if not is_missing(label))}, key=_label_order)
        _refuse_two_of_one_name(labels)
        return {label: index for index, label in enumerate(labels)}, tuple(_name(label) for label in labels)
    names = tuple(str(name) for name in class_names)
    return {index: index for index in range(len(names))} | {name: i for i, name in enumerate(names)}, names


def _refuse_two_of_one_name(labels: list[Any]) -> None:
    """Refuse 1 beside "1": no answer would be right, and nobody would know why."""
    by_name: dict[str, Any] = {}
    for label in labels:
        other = by_name.setdefault(_name(label), label)
        if other != label:
            raise InvalidInput(
                f"y_true and y_pred must name classes alike but hold {other!r} and {label!r}; "
                "turn one into the other",
                field="y_pred",
            )


def _label_order(label: Any) -> tuple[str, Any]:
    return ("number", label) if isinstance(label, int | float) else (type(label).__name__, label)


def _name(label: Any) -> str:
    return str(int(label)) if isinstance(label, float) and label.is_integer() else str(label)


def _encode(values: list[Any], labels: Mapping[Any, int], field_name: str) -> NDArray[np.int64]:
    for row, label in enumerate(values):
        if is_missing(label) or label not in labels:
            raise InvalidInput(f"{field_name}[{row}] must be a known class but got {label!r}", field=field_name)
    return np.array([labels[label] for label in values], dtype=np.int64)


def _favourable(names: tuple[str, ...], labels: Mapping[Any, int], wanted: Any) -> str:
    if wanted is None or wanted == "":
        return names[1] if len(names) == 2 else ""
    if wanted in labels:
        return names[labels[wanted]]
    if str(wanted) not in names:
        known = ", ".join(names)
        raise InvalidInput(
            f"favourable must be one of {known} but got {wanted!r}; "
            "name all classes in class_names if no row has it",
            field="favourable",
        )
    return str(wanted)
