"""The types that walk out of the explain room."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["VERDICTS", "Alternative", "Explanation", "Faithfulness", "Quality", "Unexplained"]

VERDICTS = ("faithful", "weak", "failed")


@dataclass(frozen=True)
class Faithfulness:
    """Does revealing features in the explained order really move the model more than another order does?

    Attributes
    ----------
    insertion, deletion
        Mean answer while features are shown, or hidden, largest contribution first: the probability of the
        explained class in [0, 1], or the predicted number in units of its deviation.
    random_gaps
        insertion - deletion of each other order that it is compared with: all others of up to four features; of
        more nine random ones and the reverses of all, its own too (five in older reports and where time was short,
        fewer only where features contribute the same).
    verdict
        ``faithful`` (above every other order), ``weak`` (above their mean, or fewer than five others), ``failed``.
    baseline
        What a hidden feature was replaced by, in words.

    References
    ----------
    Petsiuk, Das, Saenko, RISE (BMVC 2018), section 4.3.
    """

    insertion: float
    deletion: float
    random_gaps: tuple[float, ...]
    verdict: str
    baseline: str = ""

    @property
    def gap(self) -> float:
        """insertion - deletion; larger is better."""
        return self.insertion - self.deletion

    @property
    def once_in(self) -> int:
        """One order in how many, drawn at random, would be above all the others."""
        return len(self.random_gaps) + 1


@dataclass(frozen=True)
class Quality:
    """Everything that was checked about one explanation; what time did not allow is NaN or missing.

    Attributes
    ----------
    verdict
        ``faithful``, ``weak`` or ``failed``: the worst of all checks. One for which there was no time counts as
        weak; one that cannot be made of this input or network only leaves its reason.
    reasons
        One sentence per check that was not passed or not made.
    additivity_gap
        Largest distance between base value plus contributions and what the model itself answers to the untouched
        input in float32, over the larger of that answer's size, the difference that was shared out and one unit;
        in bfloat16 as it was before both ends were moved to float32's answers.
    additivity_limit
        What the gap may be: 1e-5 in float32, 1e-2 in bfloat16.
    curves
        Insertion and deletion under each baseline, the explanation's own first.
    stability
        Expected rank correlation of the contributions with those under another seed, in [-1, 1]; 1 if exact. The
        worst of all outputs and of why the first and not the second; curves are about the first output.
    randomised_correlation
        Rank correlation with the contributions in the same network with random weights (Adebayo et al., NeurIPS
        2018); near 0 is good, near 1 means that the explanation shows the input and not the model.
    evaluations
        Number of model evaluations that the checks took, beside those of the explanation.
    """

    verdict: str
    reasons: tuple[str, ...]
    additivity_gap: float
    additivity_limit: float
    curves: tuple[Faithfulness, ...] = ()
    stability: float = math.nan
    randomised_correlation: float = math.nan
    evaluations: int = 0


@dataclass(frozen=True)
class Alternative:
    """Another method's answer to the same question, for the first explained output.

    Attributes
    ----------
    method
        ``integrated gradients``, ``Grad-CAM`` or ``LIME-style``.
    values
        float64 (F,), (0,) where the method could not be used; only Shapley values add up to the model's output.
    agreement
        Rank correlation with the Shapley values.
    evaluations
        What it cost, in forward passes (a backward pass counts two).
    faithfulness
        The same check as for the Shapley values, None without values.
    note
        What a reader should know, such as of which model of an ensemble; without values the reason for that.
    """

    method: str
    values: NDArray[np.float64]
    agreement: float
    evaluations: int
    faithfulness: Faithfulness | None = None
    note: str = ""


@dataclass(frozen=True)
class Unexplained:
    """An input that could not be explained: the dataset's row and its id, and the reason in a sentence."""

    row: int
    row_id: str
    reason: str


@dataclass(frozen=True)
class Explanation:
    """Shapley values of one prediction.

    Attributes
    ----------
    row
        Index of the row in the dataset; ``row_id`` its stable id.
    true_class, predicted_class, runner_up_class
        Names of classes; of several labels, or a predicted number, in words; the runner-up is "" for a number.
        Sets of labels are written alike on both sides, and so are the labels of neighbours and of lists of errors.
    probability
        Predicted probability of the first output, NaN for a number.
    feature_names
        F names: whole words or sentences in order, or ``row 1, column 2`` for image patches.
    values
        float64 (F, K): contributions to the outputs of ``output_names``, in logits or in the number's unit.
    base_values, model_outputs
        float64 (K,): outputs with every feature hidden, and with every feature shown.
    grid
        (rows, columns) of the patches for images, else None.
    evaluations
        Number of model evaluations spent on the values.
    baseline
        What a hidden feature is replaced by, such as ``blurred image`` or ``mask token``.
    preview_png
        The image as the model sees it and the report shows it (PNG bytes), or None for text.
    faithfulness
        Insertion/deletion check against random orders, None where time did not allow it.
    output_names
        K names; () stands for predicted class and runner-up.
    standard_errors
        float64 (F, K) of the values: 0 only if exact; None if unknown. With few rounds wider, so that 1.96 of them
        hold about 95 % of true values.
    method
        ``exact``, ``antithetic permutations``, ``paired kernel``, or ``integrated gradients`` for a preview.
    precision
        ``float32`` or ``bfloat16``: at which precision coalitions were evaluated.
    stopped
        Why sampling ended: ``complete``, ``stable``, ``budget`` or ``deadline``.
    notes
        What a reader should know about this input, as sentences.
    quality
        All checks; None in older reports.
    alternatives
        Other methods' answers.
    segments
        Which feature every pixel of a small copy belongs to, int64 (h, w), for superpixels; else None.
    columns
        Values of the columns of metadata that were explained together with a picture or text: they are the last
        features. () without.
    right
        Whether the answer is the true one, of several labels exactly these at their thresholds; None for a number,
        where the truth is not known, and in older reports.
    """

    row: int
    row_id: str
    modality: str
    true_class: str
    predicted_class: str
    runner_up_class: str
    probability: float
    feature_names: tuple[str, ...]
    values: NDArray[np.float64]
    base_values: NDArray[np.float64]
    model_outputs: NDArray[np.float64]
    grid: tuple[int, int] | None
    evaluations: int
    baseline: str
    preview_png: bytes | None = None
    faithfulness: Faithfulness | None = None
    output_names: tuple[str, ...] = ()
    standard_errors: NDArray[np.float64] | None = None
    method: str = ""
    precision: str = "float32"
    stopped: str = ""
    notes: tuple[str, ...] = ()
    quality: Quality | None = None
    alternatives: tuple[Alternative, ...] = ()
    segments: NDArray[np.int64] | None = None
    columns: tuple[float, ...] = ()
    right: bool | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the K explained outputs."""
        return self.output_names or (self.predicted_class, self.runner_up_class)[: self.values.shape[1]]

    @property
    def additivity_gap(self) -> float:
        """Largest distance between base value plus contributions and the model's output, in the output's unit."""
        total = self.base_values + self.values.sum(axis=0)
        return float(np.max(np.abs(total - self.model_outputs), initial=0.0))

    @property
    def contrast(self) -> NDArray[np.float64]:
        """Contributions (F,) to the difference between the first output and the second: why A and not B."""
        return self.values[:, 0] - self.values[:, 1] if self.values.shape[1] > 1 else self.values[:, 0]
