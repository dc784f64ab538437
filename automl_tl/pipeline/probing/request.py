"""What is asked of one candidate, and what it answered; both travel to other processes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from automl_tl.pipeline.spec import ModelFilter
from automl_tl.probe.cost import ModelCost, TrialSize
from automl_tl.probe.embeddings import Embeddings
from automl_tl.probe.familiarity import Familiarity
from automl_tl.transferability.statistics import SufficientStatistics
from automl_tl.zoo.card import Fingerprint, ModelCard

__all__ = ["LayerTrial", "Measuring", "ProbeOutcome", "ProbeRequest", "Questions", "StatisticsOutcome"]


@dataclass(frozen=True)
class Questions:
    """What to ask the model itself, see :func:`automl_tl.probe.gather_familiarity.gather_familiarity`.

    ``rows`` are int64 (N,).
    """

    rows: NDArray[np.int64]
    seed: int = 0
    hidden_words: bool = False


@dataclass(frozen=True)
class Measuring:
    """How to measure what the model costs before it is probed, see :mod:`automl_tl.probe.measure_cost`.

    A model that breaks one of ``limits`` is not probed.
    """

    rows: NDArray[np.int64]
    trial: TrialSize
    limits: ModelFilter
    threads: int = 1
    seconds: float = 1.0


@dataclass(frozen=True)
class LayerTrial:
    """By which of the request's rows to choose what the embedding is made of: int64 (N,) with their N labels.

    ``among`` are the choices besides the card's own; a network that does not offer one goes without it. ``forced``
    takes the first of them that is offered, whatever the labels say.
    """

    rows: NDArray[np.int64]
    labels: NDArray[Any]
    among: tuple[str, ...]
    forced: bool = False


@dataclass(frozen=True)
class ProbeRequest:
    """One candidate and the rows to embed, int64 (N,) of the dataset."""

    card: ModelCard
    rows: NDArray[np.int64]
    questions: Questions | None = None
    measuring: Measuring | None = None
    layer_trial: LayerTrial | None = None


@dataclass(frozen=True)
class ProbeOutcome:
    """What a request gave: embeddings, or in ``error`` why there are none.

    Attributes
    ----------
    layers
        What the embeddings are made of; "" as the card says.
    own
        The card's own embeddings where others were chosen, for the comparison with the fingerprint.
    load_seconds
        Wall time of loading the model.
    remark
        What the user should know although the model was probed, or "".
    """

    model: str
    embeddings: Embeddings | None = None
    layers: str = ""
    own: Embeddings | None = None
    load_seconds: float = 0.0
    revision: str = ""
    fingerprint: Fingerprint | None = None
    familiarity: Familiarity | None = None
    cost: ModelCost | None = None
    error: str = ""
    remark: str = ""


@dataclass(frozen=True)
class StatisticsOutcome:
    """The statistics of one candidate's embeddings, or in ``error`` why there are none."""

    model: str
    statistics: SufficientStatistics | None = None
    seconds: float = 0.0
    error: str = ""
