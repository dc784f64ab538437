"""What a score is, and the Ranking that walks out of the room."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from automl_tl.probe.cost import ModelCost
from automl_tl.probe.familiarity import Familiarity
from automl_tl.registry import Registry
from automl_tl.zoo.card import Fingerprint

__all__ = ["ProbeSample", "RankedModel", "Ranking", "Scorer", "TransferScore", "scorers"]


@dataclass(frozen=True)
class ProbeSample:
    """What a score may look at: embeddings and labels of the training part only.

    Attributes
    ----------
    features
        float (N, D).
    labels
        int64 (N,); class ids may have gaps.
    source_probs
        float (N, Z) or None.
    fingerprint
        The model's source domain, or None.
    seed
        Seed of every random choice.
    own_features
        float (N, D'): what to compare with the fingerprint, where the features are made of other layers; or None.
    familiarity
        What the model itself tells of the target data, or None where nobody asked it.
    """

    features: NDArray[np.float32]
    labels: NDArray[np.int64]
    source_probs: NDArray[np.float32] | None = None
    fingerprint: Fingerprint | None = None
    seed: int = 0
    familiarity: Familiarity | None = None
    own_features: NDArray[np.float32] | None = None
    shared: dict[str, Any] = field(default_factory=dict, init=False, repr=False, compare=False)
    """What one score computed and another can use; lives and dies with this sample."""


@dataclass(frozen=True)
class TransferScore:
    """One score of one model: ``value`` (larger is better) with its standard error (NaN if unknown).

    ``contributions`` are float64 (N,) with mean ``value``, one per example, where the score is such a mean or
    can be linearised to one; the ranking resamples them for its bounds.
    """

    value: float
    standard_error: float = float("nan")
    contributions: NDArray[np.float64] | None = field(default=None, repr=False, compare=False)


class Scorer(ABC):
    """One transferability or similarity score; one file and one registration each."""

    name: str
    summary: str
    reference: str
    """Paper, with the equation or the definition."""
    higher_is_better = True
    is_accuracy = False
    """Whether the value is a share of right answers; the ensemble compares such scores as log-odds."""
    weight = 1.0
    """Weight in the ensemble; 0 for a column that is shown but does not vote."""
    opt_in = False
    """Whether a ranking computes this score only when it is asked for by name."""
    needs_familiarity = False
    """Whether the score looks at ``ProbeSample.familiarity``, which costs a further pass over some examples."""
    needs_hidden_words = False
    """Whether the familiarity must hold what a masked-language head says of hidden words, which costs many."""

    @abstractmethod
    def score(self, sample: ProbeSample) -> TransferScore:
        """Return the score; raises ScoreUnavailable with the reason if it cannot be computed."""


@dataclass(frozen=True)
class RankedModel:
    """One row of the ranking.

    ``rank`` counts from 1 and is 0 for a model that could not be probed (``error`` says why). ``score`` is what
    all evidence says of the model's standing, in log-odds of accuracy and comparable within one ranking only;
    ``low`` and ``high`` bound it with 95 % probability; figures and earlier jobs moved it by ``prior_shift``.
    ``scores`` holds the raw value of each score by name, ``notes`` why a score is missing.
    ``probability_best`` is the probability that no other row would do better after fine-tuning,
    ``expected_regret`` the accuracy in [0, 1] that taking this model instead of the best is expected to cost, and
    ``layers`` is what its embedding is made of, ``contender`` says whether it belongs to the smallest set that
    holds the best with 95 % probability: the models that the data cannot tell apart.
    """

    model: str
    rank: int
    score: float
    low: float
    high: float
    scores: Mapping[str, float] = field(default_factory=dict)
    notes: Mapping[str, str] = field(default_factory=dict)
    probability_best: float = float("nan")
    expected_regret: float = float("nan")
    contender: bool = False
    prior_shift: float = float("nan")
    layers: str = ""
    parameters: int = 0
    probe_seconds: float = 0.0
    resolved_revision: str = ""
    error: str = ""
    cost: ModelCost | None = None


@dataclass(frozen=True)
class Ranking:
    """Candidate models, best first; models that failed stand at the end.

    ``baselines`` names the model that simpler rules would choose (``static`` prior, ``knn`` alone ...).
    ``n_probe`` is the number of labelled examples behind the scores.
    """

    models: tuple[RankedModel, ...]
    scorers: tuple[str, ...]
    n_probe: int
    baselines: Mapping[str, str] = field(default_factory=dict)

    def contenders(self) -> tuple[RankedModel, ...]:
        """Return the models that the data cannot tell from the best, best first."""
        return tuple(row for row in self.usable() if row.contender)

    def usable(self) -> tuple[RankedModel, ...]:
        """Return the rows of models that were probed, best first."""
        return tuple(row for row in self.models if row.rank > 0)


def _load_builtin() -> None:
    names = (
        "gbc",
        "hscore",
        "knn",
        "lda",
        "leep",
        "linear_probe",
        "logistic_probe",
        "logme",
        "logme_regression",
        "nce",
        "nleep",
        "parc",
        "ridge_probe",
        "sfda",
        "similarity.batch_norm",
        "similarity.emd",
        "similarity.energy",
        "similarity.entropy",
        "similarity.fragmentation",
        "similarity.frechet",
        "similarity.kid",
        "similarity.pseudo_perplexity",
        "transrate",
    )
    for name in names:
        import_module(f"automl_tl.transferability.{name}")


scorers: Registry[Scorer] = Registry("scorer", _load_builtin)
