"""What a score is, and the Ranking that walks out of the room."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from automl_tl.data.tasks.forms import task_of
from automl_tl.probe.cost import ModelCost
from automl_tl.probe.familiarity import Familiarity
from automl_tl.registry import Registry
from automl_tl.zoo.card import Fingerprint

__all__ = [
    "ProbeSample",
    "RankedModel",
    "Ranking",
    "Scorer",
    "TransferScore",
    "default_scorers",
    "judges",
    "scorers",
]


@dataclass(frozen=True)
class ProbeSample:
    """What a score may look at: embeddings and labels of the training part only.

    Attributes
    ----------
    features
        float (N, D).
    labels
        As the task has them: int64 (N,) class ids, which may have gaps; float64 (N,) numbers; or int64 (N, L) of 0
        and 1.
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
    statistics
        ``SufficientStatistics`` of more rows of which these are a sample, for scores that need no more; or None.
    total
        How many rows these are a sample of; 0 if they are all.
    """

    features: NDArray[np.float32]
    labels: NDArray[Any]
    source_probs: NDArray[np.float32] | None = None
    fingerprint: Fingerprint | None = None
    seed: int = 0
    familiarity: Familiarity | None = None
    own_features: NDArray[np.float32] | None = None
    statistics: Any = None
    total: int = 0
    shared: dict[str, Any] = field(default_factory=dict, init=False, repr=False, compare=False)
    """What one score computed and another can use; lives and dies with this sample."""

    @property
    def task(self) -> str:
        """The task that the labels belong to."""
        return task_of(np.asarray(self.labels))


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
    tasks: tuple[str, ...] = ("classification",)
    """Tasks that it is for; () for a score that does not look at labels."""
    is_accuracy = False
    """Whether the value is a share, of right answers or of explained variance; they are compared as log-odds."""
    judges = False
    """Whether candidates are compared by its contributions while not all examples have been seen."""
    weight = 1.0
    """Weight in the ensemble; 0 for a column that is shown but does not vote."""
    opt_in = False
    """Whether a ranking computes this score only when it is asked for by name."""
    needs_familiarity = False
    """Whether the score looks at ``ProbeSample.familiarity``, which costs a further pass over some examples."""
    needs_hidden_words = False
    """Whether the familiarity must hold what a masked-language head says of hidden words, which costs many."""

    def suits(self, task: str) -> bool:
        """Return whether it is for this task."""
        return not self.tasks or task in self.tasks

    @abstractmethod
    def score(self, sample: ProbeSample) -> TransferScore:
        """Return the score; raises ScoreUnavailable with the reason if it cannot be computed."""


@dataclass(frozen=True)
class RankedModel:
    """One row of the ranking.

    ``rank`` counts from 1 and is 0 for a model that could not be probed (``error`` says why). ``score`` is what
    all evidence says of the model's standing, in log-odds of accuracy, or of the share of explained variance where
    numbers or several labels are predicted, and comparable within one ranking only;
    ``low`` and ``high`` bound it with 95 % probability; figures and earlier jobs moved it by ``prior_shift``.
    ``shares`` says what each score, by name, and ``published figures``, ``size`` and ``earlier jobs`` add to it,
    in log-odds from where a middling model of the best eight stands: with that level they add up to the score.
    ``scores`` holds the raw value of each score by name, ``notes`` why a score is missing, or, where the data is
    streamed, which rows a score is of.
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
    shares: Mapping[str, float] = field(default_factory=dict)


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

    def tried(self, top_k: int) -> tuple[RankedModel, ...]:
        """Return the models that a search over so many of the best-ranked tries, best first."""
        return self.usable()[:top_k]

    def untried_contenders(self, top_k: int) -> tuple[RankedModel, ...]:
        """Return the models that such a search leaves out although the data cannot tell them from the best."""
        return tuple(row for row in self.usable()[top_k:] if row.contender)

    def usable(self) -> tuple[RankedModel, ...]:
        """Return the rows of models that were probed, best first."""
        return tuple(row for row in self.models if row.rank > 0)


def _load_builtin() -> None:
    names = (
        "gbc",
        "hscore",
        "knn",
        "knn_regression",
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
        "ridge_regression",
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


def default_scorers(task: str) -> tuple[str, ...]:
    """Return the names of the scores that a ranking for this task computes unasked."""
    return tuple(
        name for name in scorers.names() if not scorers.get(name).opt_in and scorers.get(name).suits(task)
    )


def judges(task: str) -> tuple[Scorer, ...]:
    """Return the scores that compare candidates on a part of the examples, the one with the most weight first."""
    found = [scorers.get(name) for name in scorers.names()]
    chosen = [scorer for scorer in found if scorer.judges and scorer.suits(task)]
    return tuple(sorted(chosen, key=lambda scorer: -scorer.weight))
