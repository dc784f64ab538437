"""``explain``: why a fitted model says what it says about given inputs, as a shap.Explanation."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from shap import Explanation as ShapExplanation

from automl_tl.errors import DeadlineReached, InvalidInput
from automl_tl.explain.base import Explanation, Quality
from automl_tl.explain.cases import Case
from automl_tl.explain.explainer import explain_predictions
from automl_tl.explain.pictures import picture_of, regions_of, spread_over
from automl_tl.explain.preview import preview_predictions
from automl_tl.explain.with_columns import decode_mixed, metadata_of
from automl_tl.finetune.inputs import decode_inputs

__all__ = ["METHODS", "Explanations", "explain"]

METHODS = ("shapley", "integrated_gradients", "grad_cam", "lime")

_ALL_AXES = 3
_PAIR = ("predicted class", "runner-up")


class Explanations(ShapExplanation):
    """A shap.Explanation that keeps its evidence: one entry of ``explained`` per row, sliced along with the rows.

    ``values`` are (N, F, K): N inputs, F features, K outputs (predicted class and runner-up, labels, or the
    number), an object array of length N where the inputs differ in F. ``data`` are the words, or each patch's mean
    brightness in [0, 1], then the columns' values. Each row has classes of its own: ``explanation[i]``
    carries their names.
    """

    explained: tuple[Explanation, ...] = ()

    @property
    def quality(self) -> tuple[Quality | None, ...]:
        """The checks of each row."""
        return tuple(entry.quality for entry in self.explained)

    def __getitem__(self, item: Any) -> Any:
        """Return the slice as shap does; one row carries the names of its own outputs and features."""
        first, *rest = item if isinstance(item, tuple) else (item,)
        if (
            isinstance(first, bool)
            or not isinstance(first, int | slice | np.integer)
            or len(self.shape) < _ALL_AXES
        ):
            return super().__getitem__(item)
        if isinstance(first, slice):
            few = self.explained[first]
            chosen = as_shap(few) if few else _no_rows(self.shape[1] or 0, self.output_names, self.feature_names)
            return _base_slice(chosen, (slice(None), *rest)) if rest else chosen
        row = one_row(self.explained[int(first)])
        return row[tuple(rest)] if rest else row

    def as_pixels(self) -> ShapExplanation:
        """Return the pictures' contributions spread over their pixels, (N, H, W, 3, K), for shap.plots.image.

        What columns of metadata contribute is in no pixel.
        """
        if any(entry.preview_png is None for entry in self.explained) or not self.explained:
            raise InvalidInput("only explanations of pictures can be spread over pixels", field="explanation")
        pictures = [picture_of(entry) for entry in self.explained]
        spread = [spread_over(entry, picture) for entry, picture in zip(self.explained, pictures, strict=True)]
        return ShapExplanation(
            np.stack(spread),
            base_values=np.stack([entry.base_values for entry in self.explained]),
            data=np.stack(pictures).astype(np.float64) / 255,
            output_names=_common_names(self.explained),
        )


def explain(
    model: Any,
    inputs: Sequence[Any],
    *,
    max_evals: int | None = None,
    deadline_s: float | None = None,
    seed: int = 0,
    method: str = "shapley",
    features: str = "grid",
    check: bool = True,
    progress: Callable[[float, str], None] = lambda fraction, message: None,
) -> Explanations:
    """Explain a fitted model's answers to these inputs: contributions to the logit, or to the predicted number.

    Parameters
    ----------
    model
        A :class:`~automl_tl.FittedModel`, or what looks like one to :mod:`automl_tl.explain.model`.
    inputs
        What the model's own methods take: file paths, PIL images or uint8 arrays, or strings; none give an
        empty explanation; for a
        :class:`~automl_tl.explain.WithColumns` model pairs of one of these and a row of metadata, whose columns
        then share the credit with patches or words in one game and stand behind them.
    max_evals
        Most model evaluations for the values of one input; None for 260 for a picture, ``max(100, 12F)`` for a
        text of F words, and all coalitions of up to 10 features. Few evaluations mean larger parts. Checks cost
        about as much again.
    deadline_s
        Seconds after which what is there is returned, with its errors; at least one input is explained or
        DeadlineReached is raised.
    method
        ``shapley``, or by name one of the alternatives: ``integrated_gradients`` (a quick preview), ``grad_cam``
        (pictures), ``lime``.
    features
        ``grid`` or ``superpixels``, for pictures.
    check
        Whether to measure the quality of each explanation.
    progress
        Hears (fraction done in [0, 1], message).

    Raises
    ------
    InvalidInput
        If an argument or, naming its position, an input does not fit; also if ``max_evals`` is too few for it.
    DeadlineReached
        If the time was too short for a single explanation.
    """
    _check_arguments(max_evals, deadline_s, method)
    cases = _cases(model, inputs)
    remaining = _clock(deadline_s)
    if method == "shapley":
        found = explain_predictions(
            model,
            cases,
            max_evals=max_evals or 0,
            remaining=remaining,
            seed=seed,
            check=check,
            compare=False,
            features=features,
            progress=progress,
        )
    else:
        found = preview_predictions(
            model,
            cases,
            method=method,
            max_evals=max_evals or 0,
            remaining=remaining,
            seed=seed,
            check=check,
            features=features,
            progress=progress,
        )
    if cases and not found:
        raise DeadlineReached(f"{deadline_s:g} s were too few for one explanation; allow more", field="deadline_s")
    progress(1.0, f"explained {len(found)} of {len(cases)}")
    return as_shap(found)


def as_shap(found: Sequence[Explanation]) -> Explanations:
    """Return explanations as one shap.Explanation; of none one of shape (0, 0, 0)."""
    if not found:
        return _no_rows()
    values = _stacked([entry.values for entry in found])
    same_features = len({entry.feature_names for entry in found}) == 1
    result = Explanations(
        values,
        base_values=_stacked([entry.base_values for entry in found]),
        data=_stacked([_data(entry) for entry in found]),
        feature_names=list(found[0].feature_names) if same_features else None,
        output_names=_common_names(found),
        error_std=_stacked([_errors(entry) for entry in found]),
    )
    result.explained = tuple(found)
    return result


def one_row(entry: Explanation) -> Explanations:
    """Return one explanation as shap has it: values (F, K), with the names of its own outputs."""
    result = Explanations(
        entry.values,
        base_values=entry.base_values,
        data=_data(entry),
        feature_names=list(entry.feature_names),
        output_names=list(entry.names),
        error_std=_errors(entry),
    )
    result.explained = (entry,)
    return result


def _no_rows(
    n_features: int = 0, output_names: Sequence[str] = (), feature_names: Sequence[str] | None = None
) -> Explanations:
    """Return explanations of no input, of shape (0, F, K)."""
    values = np.zeros((0, n_features, len(output_names)))
    return Explanations(
        values,
        base_values=np.zeros((0, len(output_names))),
        data=np.zeros((0, n_features), dtype=object),
        feature_names=feature_names,
        output_names=list(output_names),
        error_std=values.copy(),
    )


def _base_slice(whole: Explanations, item: Any) -> Any:
    return ShapExplanation.__getitem__(whole, item)


def _common_names(found: Sequence[Explanation]) -> list[str]:
    """Return the outputs' names; of rows with different classes what the columns have in common."""
    names = {entry.names for entry in found}
    if len(names) == 1:
        return list(found[0].names)
    width = found[0].values.shape[1]
    return list(_PAIR) if width == len(_PAIR) else [f"output {i + 1}" for i in range(width)]


def _data(entry: Explanation) -> NDArray[Any]:
    columns = len(entry.columns)
    count = len(entry.values) - columns
    if entry.preview_png is None:
        return np.array([*entry.feature_names[:count], *entry.columns], dtype=object)
    picture = picture_of(entry)
    regions = regions_of(entry, picture).reshape(-1)
    brightness = picture.mean(axis=2).reshape(-1) / 255
    means = np.bincount(regions, brightness, count) / np.maximum(np.bincount(regions, minlength=count), 1)
    return np.concatenate([means, entry.columns])


def _check_arguments(max_evals: int | None, deadline_s: float | None, method: str) -> None:
    if max_evals is not None and (isinstance(max_evals, bool) or not isinstance(max_evals, int) or max_evals < 4):
        raise InvalidInput(
            f"max_evals must be a whole number of at least 4 but got {max_evals!r}", field="max_evals"
        )
    if deadline_s is not None and not (math.isfinite(deadline_s) and deadline_s > 0):
        raise InvalidInput(f"deadline_s must be a number above 0 but got {deadline_s!r}", field="deadline_s")
    if method not in METHODS:
        raise InvalidInput(f"method must be one of {', '.join(METHODS)} but got {method!r}", field="method")


def _cases(model: Any, inputs: Sequence[Any]) -> tuple[Case, ...]:
    metadata = metadata_of(model)
    examples: Sequence[Any] = (
        decode_inputs(model.modality, inputs)
        if metadata is None
        else decode_mixed(model.modality, metadata, inputs)
    )
    return tuple(Case(row, f"inputs[{row}]", example, "") for row, example in enumerate(examples))


def _clock(deadline_s: float | None) -> Callable[[], float]:
    if deadline_s is None:
        return lambda: float("inf")
    end = time.monotonic() + deadline_s
    return lambda: end - time.monotonic()


def _stacked(arrays: Sequence[NDArray[Any]]) -> NDArray[Any]:
    """Return one array where all have the same shape, else an array of arrays."""
    if len({each.shape for each in arrays}) == 1:
        return np.stack(arrays)
    ragged = np.empty(len(arrays), dtype=object)
    for row, each in enumerate(arrays):
        ragged[row] = each
    return ragged


def _errors(entry: Explanation) -> NDArray[np.float64]:
    return np.full_like(entry.values, np.nan) if entry.standard_errors is None else entry.standard_errors
