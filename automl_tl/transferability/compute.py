"""Compute one score by name, or several with the reason for each that is missing."""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import ArrayLike

from automl_tl.errors import AutomlError, Cancelled, ScoreUnavailable
from automl_tl.transferability.base import ProbeSample, Scorer, TransferScore, scorers
from automl_tl.transferability.statistics import StatisticsScorer, score_statistics
from automl_tl.zoo.card import Fingerprint

__all__ = ["ScoreSheet", "score", "score_sheet"]

_LOG = logging.getLogger(__name__)


def score(
    name: str,
    features: ArrayLike,
    labels: ArrayLike,
    *,
    source_probs: ArrayLike | None = None,
    fingerprint: Fingerprint | None = None,
    seed: int = 0,
) -> TransferScore:
    """Compute one transferability score.

    Parameters
    ----------
    name
        Of the default ranking ``logme``, ``knn``, ``linear_probe``, ``hscore``, ``frechet``; opt-in ``emd``,
        ``entropy``, ``gbc``, ``kid``, ``lda``, ``leep``, ``logistic_probe``, ``logme_regression``, ``nce``,
        ``nleep``, ``parc``, ``ridge_probe``, ``sfda``, ``transrate``; or the name of a plug-in. ``batch_norm``,
        ``energy``, ``fragmentation`` and ``pseudo_perplexity`` need the model itself and are for jobs only.
    features
        Embeddings (N, D).
    labels
        Class ids (N,), integers >= 0; gaps are fine. For ``logme_regression`` numbers, (N,) or (N, T).
    source_probs
        Class probabilities of the source head (N, Z), for scores that use them.
    fingerprint
        Moments of the model's source domain, for similarity scores.
    seed
        Seed of every random choice.

    Raises
    ------
    NotFound
        If there is no such score.
    ScoreUnavailable
        If the score cannot be computed, with the reason.
    """
    scorer = scorers.get(name)
    sample = ProbeSample(
        features=np.asarray(features),
        labels=np.asarray(labels),
        source_probs=None if source_probs is None else np.asarray(source_probs),
        fingerprint=fingerprint,
        seed=seed,
    )
    result = _scored(scorer, sample)
    if not math.isfinite(result.value):
        raise ScoreUnavailable(f"{name} gave {result.value}, which is not a number to rank by", field=name)
    return result


@dataclass(frozen=True)
class ScoreSheet:
    """The scores of one model by name, and why the others are missing.

    Of a sample of more rows, ``notes`` also say which rows a score is of.
    """

    scores: Mapping[str, TransferScore] = field(default_factory=dict)
    notes: Mapping[str, str] = field(default_factory=dict)


def score_sheet(sample: ProbeSample, names: Sequence[str]) -> ScoreSheet:
    """Compute several scores of one model; a score that fails becomes a note and never an error."""
    sample = replace(sample)  # what the scores share is freed with this copy
    scores: dict[str, TransferScore] = {}
    notes: dict[str, str] = {}
    for name in names:
        try:
            result = _scored(scorers.get(name), sample)
        except Cancelled:
            raise
        except AutomlError as error:
            notes[name] = error.message
        except Exception as error:  # a plug-in may raise anything; one bad score must not stop the ranking
            _LOG.error("the score %s failed", name, exc_info=error)
            notes[name] = f"the score failed with an unexpected {type(error).__name__}; see the worker's log"
        else:
            if math.isfinite(result.value):
                scores[name], notes[name] = _of_all_rows(scorers.get(name), sample, result)
                if not notes[name]:
                    del notes[name]
            else:
                notes[name] = f"the score is {result.value}, which is not a number to rank by"
    return ScoreSheet(scores, notes)


def _of_all_rows(scorer: Scorer, sample: ProbeSample, result: TransferScore) -> tuple[TransferScore, str]:
    """Return the score of all rows where the sample's scores can be had of them, and which rows it is of.

    Its sampling errors stay those of the sample, which are larger: how models compare on single examples is known
    of these only.
    """
    if not sample.total:
        return result, ""
    seen = f"of a sample of {len(sample.labels)} of {sample.total} training rows"
    if sample.statistics is None or not isinstance(scorer, StatisticsScorer):
        return result, seen
    try:
        value = score_statistics(scorer.name, sample.statistics).value
    except ScoreUnavailable:
        return result, seen
    terms = result.contributions
    moved = None if terms is None else terms + (value - result.value)
    return replace(result, value=value, contributions=moved), f"of all {sample.total} training rows"


def _scored(scorer: Scorer, sample: ProbeSample) -> TransferScore:
    """Return the score; what linear algebra and memory refuse becomes a reason, too."""
    try:
        return scorer.score(sample)
    except MemoryError as error:
        shape = " x ".join(str(length) for length in np.shape(sample.features))
        raise ScoreUnavailable(
            f"{scorer.name} does not fit into memory for {shape} embeddings; probe fewer examples",
            field="features",
        ) from error
    except np.linalg.LinAlgError as error:
        raise ScoreUnavailable(f"{scorer.name} found the embeddings too degenerate to decompose") from error
